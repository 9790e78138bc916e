#include "feed/content_coding.hpp"

#include <strings.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdlib>

namespace sinkfeed {

namespace {

// Of a list of addresses: 6 is a third smaller than 1 and takes twice its time, 9 gains nothing more.
constexpr int kGzipLevel = 6, kZstdLevel = 3;
constexpr int kMostGzip = 9, kMostZstd = 19;
constexpr int kGzipWindow = 15 + 16;  // with gzip's header, whose time stays 0

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is(std::string_view text, std::string_view name) {
  return text.size() == name.size() && strncasecmp(text.data(), name.data(), name.size()) == 0;
}

// "q=0.5"; what cannot be read counts as 1.
double weight_of(std::string_view parameters) {
  const auto at = parameters.find("q=");
  if (at == std::string_view::npos) return 1;
  const std::string number(parameters.substr(at + 2));
  char* end = nullptr;
  const double weight = std::strtod(number.c_str(), &end);
  return end == number.c_str() ? 1 : std::clamp(weight, 0.0, 1.0);
}

std::string gzip(const std::string& bytes, int level) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) return "";
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const bool is_whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return is_whole ? packed : "";
}

std::string zstd(const std::string& bytes, int level) {
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), level);
  if (ZSTD_isError(size)) return "";
  packed.resize(size);
  return packed;
}

}  // namespace

std::string_view coding_name(Coding coding) {
  switch (coding) {
    case Coding::gzip:
      return "gzip";
    case Coding::zstd:
      return "zstd";
    case Coding::identity:
      break;
  }
  return "identity";
}

Coding wanted_coding(std::string_view accept_encoding) {
  double any = 0, identity = -1, of_gzip = -1, of_zstd = -1;
  while (!accept_encoding.empty()) {
    const auto comma = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string_view one = trimmed(accept_encoding.substr(0, comma));
    accept_encoding.remove_prefix(std::min(comma + 1, accept_encoding.size()));
    const auto semicolon = std::min(one.find(';'), one.size());
    const std::string_view name = trimmed(one.substr(0, semicolon));
    const double weight = weight_of(one.substr(semicolon));
    if (is(name, "gzip") || is(name, "x-gzip")) of_gzip = weight;
    if (is(name, "zstd")) of_zstd = weight;
    if (is(name, "identity")) identity = weight;
    if (name == "*") any = weight;
  }
  if (of_gzip < 0) of_gzip = any;
  if (of_zstd < 0) of_zstd = any;
  const double best = std::max(of_gzip, of_zstd);
  if (best <= 0 || identity > best) return Coding::identity;
  return of_zstd == best ? Coding::zstd : Coding::gzip;
}

std::string encoded(Coding coding, const std::string& bytes, Effort effort) {
  const bool most = effort == Effort::most;
  switch (coding) {
    case Coding::gzip:
      return gzip(bytes, most ? kMostGzip : kGzipLevel);
    case Coding::zstd:
      return zstd(bytes, most ? kMostZstd : kZstdLevel);
    case Coding::identity:
      break;
  }
  return bytes;
}

}  // namespace sinkfeed
