// .srx.tgz: a bundle of dynamic-address feeds for Juniper SRX: a tar archive in gzip with a file of each family.
//
// SRX asks with HEAD and fetches the archive when it has changed, so there is no time, owner or name in it but what is
// always the same.
#include <fmt/format.h>

#define ZLIB_CONST
#include <zlib.h>

#include <new>
#include <numeric>

#include "feed/format.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kBlock = 512;

// A file of mode 0644, of user and group 0, of 1970, as ustar (POSIX.1-1988) has it.
void append_member(std::string& tar, const std::string& name, const std::string& text) {
  std::string header(kBlock, '\0');
  const auto put = [&header](std::size_t at, std::string_view field) { header.replace(at, field.size(), field); };
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, fmt::format("{:011o}", text.size()));
  put(136, "00000000000");
  put(148, "        ");  // the checksum counts itself as spaces
  put(156, "0");
  put(257, "ustar");
  put(263, "00");
  put(329, "0000000");
  put(337, "0000000");
  const unsigned sum = std::accumulate(header.begin(), header.end(), 0U,
                                       [](unsigned all, char c) { return all + static_cast<unsigned char>(c); });
  put(148, fmt::format("{:06o}", sum));
  header[154] = '\0';
  tar += header + text;
  tar.append((kBlock - text.size() % kBlock) % kBlock, '\0');
}

std::string gzipped(const std::string& bytes) {
  constexpr int kGzip = 16;  // as zlib has it: a gzip header, of time 0, instead of its own
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzip, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) !=
      Z_OK)
    throw std::bad_alloc();
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<const Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);  // there is room for all of it
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

class SrxBundleFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "srx.tgz",
        .media_type = "application/gzip",
        .products = "Juniper SRX",
        .subscribe =
            "set security dynamic-address feed-server sinkfeed url URL, with feed-name NAME4 path sinkfeed/NAME4 and "
            "feed-name NAME6 path sinkfeed/NAME6; then address-names of them in a reject policy",
        .reads_ranges = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string tar;
    for (const int family : {4, 6}) {
      // A family without entries has its file too, so that the path of a feed-name is always there.
      if (content.family && *content.family != family) continue;
      FeedContent part;
      for (const Network& network : content.networks.of_family(family)) part.networks.push_back(network);
      part.as_ranges = content.as_ranges;
      std::string lines;
      append_lines(lines, part, "", "\n", HostPrefix::written);
      append_member(tar, "sinkfeed/" + content.name + std::to_string(family), lines);
    }
    tar.append(2 * kBlock, '\0');  // its end
    return gzipped(tar);
  }
};

}  // namespace

const FeedFormat& srx_tgz_format() {
  static const SrxBundleFormat format;
  return format;
}

}  // namespace sinkfeed
