// What the chain of evidence (store/chain.hpp) tells of the API's actions: who, what, why. Never a secret, and of a
// client that is erased no address.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/result.hpp"
#include "feed/api.hpp"

namespace sinkfeed {

struct Action;

// The link's text: {"action": NAME, "who": WHO, ...} with the members of the body; texts cut at 200 bytes, of long
// lists only how many they are.
std::string action_text(std::string_view action, const std::string& who, const boost::json::object& body);

// Before it is done: the number of the link that tells of it. A Problem: it cannot be written, so it must not be done.
// 0 if the action is done on a full disk too; it is then told of as soon as something can be written.
Result<std::uint64_t> record_action(const Store& store, const Action& action, const std::string& who,
                                    const boost::json::object& body);
// It was not done after all: `answer` says why.
void record_refusal(const Store& store, std::uint64_t link, const std::string& action, const ApiAnswer& answer);

}  // namespace sinkfeed
