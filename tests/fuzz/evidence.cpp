// Any link of the chain of evidence, any checkpoint's line, any ranges of links: they are read as what says the same
// when it is written, or refused.
#include "store/chain_link.hpp"
#include "store/checkpoint.hpp"
#include "store/link_ranges.hpp"
#include "tests/fuzz/check.hpp"

using namespace sinkfeed;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  if (const auto link = ChainLink::decode(input)) {
    SINKFEED_CHECK(link->encode() == input);
    SINKFEED_CHECK(link->canonical().ends_with(link->text));
  }
  if (const auto checkpoint = Checkpoint::parse(input)) {
    SINKFEED_CHECK(input.find(checkpoint->line) != std::string_view::npos);
    SINKFEED_CHECK(Checkpoint::parse(checkpoint->line)->line == checkpoint->line);
    static_cast<void>(checkpoint->is_signed());
  }
  if (const auto ranges = parse_link_ranges(input)) {
    std::vector<std::uint64_t> numbers;
    std::uint64_t last = 0;
    for (const auto& [from, to] : *ranges) {
      SINKFEED_CHECK(from <= to);
      // What we write: ascending, with gaps between; and few enough to be written out.
      if (numbers.size() > 1000 || to - from > 1000 || (!numbers.empty() && from <= last + 1)) return 0;
      for (std::uint64_t number = from; number <= to && number >= from; number++) numbers.push_back(number);
      last = to;
    }
    if (!numbers.empty() && last < ~std::uint64_t{0} - 1)
      SINKFEED_CHECK(parse_link_ranges(link_ranges_text(numbers)) == ranges);
  }
  return 0;
}
