// .nft: an nftables ruleset that `nft -f` loads as it is, as one transaction, over whatever edition is loaded already.
#include "feed/format.hpp"
#include "feed/nft_ruleset.hpp"

namespace sinkfeed {

namespace {

class NftFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "nft",
        .media_type = "text/plain; charset=us-ascii",
        .products = "nftables",
        .subscribe =
            "fetch it from a timer and load it with nft -f: sets, ports and the rejecting rules, at once; or "
            "let sinkfeed agent nftables follow it",
        .says_ports = true,
        .empties_safely = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override { return nft_ruleset(content); }
};

}  // namespace

const FeedFormat& nft_format() {
  static const NftFormat format;
  return format;
}

}  // namespace sinkfeed
