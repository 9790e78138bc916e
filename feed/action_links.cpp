#include "feed/action_links.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "feed/actions.hpp"
#include "feed/body_values.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::size_t kMostItems = 16;

// At a character's end, so that it stays UTF-8.
std::string cut(std::string_view text) {
  std::size_t size = std::min(text.size(), kLongestText);
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80) --size;
  return std::string(text.substr(0, size));
}

json::value list_value(const json::array& list) {
  const bool is_short = list.size() <= kMostItems &&
                        std::all_of(list.begin(), list.end(), [](const json::value& item) { return item.is_string(); });
  if (!is_short) return json::object{{"count", list.size()}};
  json::array items;
  for (const json::value& item : list) items.push_back(json::value(cut(item.as_string())));
  return items;
}

}  // namespace

std::string action_text(std::string_view action, const std::string& who, const json::object& body) {
  json::object text{{"action", action}, {"who", who}};
  for (const auto& [name, value] : body) {
    if (name == "action" || name == "who" || name.size() > 32 || text.size() > kMostItems) continue;
    if (action == "history/erase" && name == "client") continue;
    if (value.is_string())
      text[name] = cut(value.as_string());
    else if (value.is_array())
      text[name] = list_value(value.as_array());
    else if (!value.is_object())
      text[name] = value;
  }
  return json::serialize(text);
}

Result<std::uint64_t> record_action(const Store& store, const Action& action, const std::string& who,
                                    const json::object& body) {
  Chain& chain = store.history->chain();
  std::string text = action_text(action.name, who, body);
  if (!action.is_for_full_disks) return chain.write(ChainLink::Kind::action, std::move(text));
  chain.note(ChainLink::Kind::action, std::move(text));
  return 0;
}

void record_refusal(const Store& store, std::uint64_t link, const std::string& action, const ApiAnswer& answer) {
  json::object text{{"action", "not done"}, {"who", "sinkfeed"}, {"what", action}, {"status", answer.status}};
  if (link) text["link"] = link;
  if (const auto* detail = answer.body.is_object() ? answer.body.as_object().if_contains("detail") : nullptr;
      detail && detail->is_string())
    text["why"] = cut(detail->as_string());
  store.history->chain().note(ChainLink::Kind::action, json::serialize(text));
}

}  // namespace sinkfeed
