// A feed as an nftables ruleset, which `nft -f` loads as one transaction over whatever edition is loaded already.
//
// Sets and chains of the feed are flushed and filled again within the transaction, so there is never a moment without
// them, and other things that an administrator keeps in the table stay. Numbers and fixed words only.
#pragma once

#include <string>
#include <string_view>

#include "feed/feed_content.hpp"

namespace sinkfeed {

// Where it goes.
struct NftPlace {
  std::string table = "sinkfeed";  // of the family inet: a name that nft takes
  bool has_rules = true;           // chains that reject what is in the sets, or the sets alone
};

std::string nft_ruleset(const FeedContent& content, const NftPlace& place = {});

// "v4_google_talk" of "v4" and the feed's name. Begins with what it is, for a feed may be named "log" or "2talk", which
// nft would not take for a name.
std::string nft_name(std::string_view what, std::string_view feed);

}  // namespace sinkfeed
