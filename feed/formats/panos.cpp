// .panos: the External Dynamic List of PAN-OS. Its comments stand behind an entry, after one space, and nowhere else.
#include "feed/plain_list.hpp"

namespace sinkfeed {

namespace {

class PanosFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "panos",
        .media_type = kPlainText,
        .products = "Palo Alto PAN-OS, Prisma Access",
        .subscribe =
            "Objects > External Dynamic Lists > Add, of the type IP List, with the URL as source; then a security "
            "policy that resets both sides for it as destination",
        .reads_ranges = true,
        .most = 50'000,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string body;
    // Which feed an entry comes from is seen where several lists are merged.
    append_lines(body, content, "", " sinkfeed " + content.name + "\n");
    return body;
  }
};

}  // namespace

const FeedFormat& panos_format() {
  static const PanosFormat format;
  return format;
}

}  // namespace sinkfeed
