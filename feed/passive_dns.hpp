// The ledger's evidence in the passive DNS common output format (draft-dulaunoy-dnsop-passive-dns-cof), for tools that
// ask several sources: one JSON object a line.
#pragma once

#include <string>
#include <variant>

#include "feed/api.hpp"

namespace sinkfeed {

// What is known of a name ("talk.google.com"), of all names below one ("*.google.com"), or of an address: which names
// were seen leading to which addresses, first, last and how often. A name may have led there by way of others. Of an
// address, names that are no targets are there too. Nothing known: empty. Or why it cannot be told: `question` is
// neither, or the store cannot be read.
std::variant<std::string, ApiAnswer> passive_dns(const Store& store, const std::string& question);

}  // namespace sinkfeed
