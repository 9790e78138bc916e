#include "store/checkpoint.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>

#include "store/sha256.hpp"

namespace sinkfeed {
namespace {

constexpr std::string_view kStart = "sinkfeed-checkpoint v1 ", kSignature = " sig=";
constexpr std::size_t kSignatureText = 88;  // 64 bytes in Base64

std::string signed_part(const Checkpoint& of) {
  return fmt::format("{}node={} time={} from={} to={} blocks={} rows={} hash={} root={}", kStart, to_hex(of.node),
                     format_time(of.time), of.from, of.to, of.blocks, of.rows, to_hex(of.hash), to_hex(of.root));
}

bool read_number(std::string_view text, std::uint64_t& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

bool read_digest(std::string_view text, std::string& into) {
  auto bytes = from_hex(text);
  if (!bytes || bytes->size() != 32) return false;
  into = std::move(*bytes);
  return true;
}

}  // namespace

void Checkpoint::sign(const NodeKey& key) {
  node.assign(reinterpret_cast<const char*>(key.public_key().data()), key.public_key().size());
  const std::string text = signed_part(*this), signature = key.sign(text);
  line = signature.empty() ? "" : text + std::string(kSignature) + to_base64(signature);
}

std::optional<Checkpoint> Checkpoint::parse(std::string_view text) {
  const std::size_t start = text.find(kStart);
  if (start == std::string_view::npos) return std::nullopt;
  text.remove_prefix(start);
  const std::size_t signature = text.find(kSignature);
  if (signature == std::string_view::npos || text.size() < signature + kSignature.size() + kSignatureText)
    return std::nullopt;
  Checkpoint read;
  read.line = text.substr(0, signature + kSignature.size() + kSignatureText);
  std::map<std::string_view, std::string_view> fields;
  std::string_view rest = text.substr(kStart.size(), signature - kStart.size());
  while (!rest.empty()) {
    const std::string_view field = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), field.size() + 1));
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    fields[field.substr(0, equals)] = field.substr(equals + 1);
  }
  const auto time = parse_time(fields["time"], WallTime{});
  if (!time || !read_number(fields["from"], read.from) || !read_number(fields["to"], read.to) ||
      !read_number(fields["blocks"], read.blocks) || !read_number(fields["rows"], read.rows) ||
      !read_digest(fields["node"], read.node) || !read_digest(fields["hash"], read.hash) ||
      !read_digest(fields["root"], read.root))
    return std::nullopt;
  read.time = *time;
  // One line for what it says, so that nothing can stand in it unseen.
  if (signed_part(read) != text.substr(0, signature)) return std::nullopt;
  return read;
}

bool Checkpoint::is_signed() const {
  const std::size_t at = line.find(kSignature);
  if (at == std::string::npos) return false;
  const auto signature = from_base64(std::string_view(line).substr(at + kSignature.size()));
  return signature && NodeKey::verify(node, std::string_view(line).substr(0, at), *signature);
}

}  // namespace sinkfeed
