#include "store/verify_text.hpp"

#include <fmt/format.h>

namespace sinkfeed {
namespace {

constexpr std::size_t kLongestText = 200;

}  // namespace

std::string named(const ChainLink& link) {
  if (link.kind == ChainLink::Kind::block)
    return fmt::format("link {} (the block of {} quer{} from {} to {})", link.number, link.rows,
                       link.rows == 1 ? "y" : "ies", format_time(link.first), format_time(link.last));
  return fmt::format("link {} ({} of {}{}{})", link.number, kind_name(link.kind), format_time(link.time),
                     link.text.empty() ? "" : ": ", link.text.substr(0, kLongestText));
}

std::string range_is(std::uint64_t from, std::uint64_t to) {
  return from >= to ? fmt::format("link {} is", from) : fmt::format("the links {} to {} are", from, to);
}

std::string missing(std::uint64_t from, std::uint64_t to, const std::string& before,
                    const std::optional<ChainLink>& after) {
  std::string sentence = range_is(from, to) + " missing from the chain";
  if (!before.empty()) sentence += ", after " + before;
  if (after) sentence += (before.empty() ? ", before " : " and before ") + named(*after);
  return sentence;
}

}  // namespace sinkfeed
