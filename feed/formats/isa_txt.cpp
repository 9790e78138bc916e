// .isa.txt: the members of a computer set, NAME<TAB>ADDRESS a line: what Microsoft's sample script for ISA Server and
// TMG imports (IFPCComputerSets::Add in their documentation).
#include <algorithm>

#include "feed/format.hpp"

namespace sinkfeed {

namespace {

class IsaTextFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "isa.txt",
        .media_type = "text/tab-separated-values; charset=us-ascii",
        .products = "ISA Server 2006, Forefront TMG",
        .subscribe =
            "import it into a computer set with the script of Microsoft's SDK; it only adds, and .isa.vbs "
            "removes too what has left",
        .family = 4,
        .reads_prefixes = false,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string body;
    body.reserve(content.networks.size() * 36);
    for (const Network& network : content.networks) {
      // Names are unique within a set, and the same address has the same one.
      std::string name = "sf-" + network.address().text();
      std::replace(name.begin(), name.end(), '.', '-');
      body += name + "\t" + network.address().text() + "\r\n";
    }
    return body;
  }
};

}  // namespace

const FeedFormat& isa_txt_format() {
  static const IsaTextFormat format;
  return format;
}

}  // namespace sinkfeed
