#include "feed/commands/import_text.hpp"

#include <fmt/format.h>

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::size_t kMostShown = 20;

std::string counted(std::size_t count, const std::string& what, const std::string& plural) {
  return fmt::format("{} {}", count, count == 1 ? what : what + plural);
}

std::string text(const json::value& object, std::string_view member) {
  return std::string(object.at(member).as_string());
}

std::string left_out_lines(const Import& import) {
  std::string lines;
  for (std::size_t i = 0; i < import.left_out.size() && i < kMostShown; i++)
    lines += fmt::format("  {} {}\n", import.left_out[i].what, import.left_out[i].why);
  if (import.left_out.size() > kMostShown) lines += fmt::format("  and {} more\n", import.left_out.size() - kMostShown);
  return lines;
}

}  // namespace

std::string import_text(const Import& import, const json::value& answer) {
  std::string out;
  if (import.read) out += counted(*import.read, "connection", "s") + " read, ";
  if (import.considered) out += fmt::format("{} of {}, ", *import.considered, import.whose);
  const auto& addresses = answer.at("addresses").as_array();
  out += counted(addresses.size(), "address", "es") + " imported:\n";
  std::size_t width = 0;
  for (const json::value& address : addresses) width = std::max(width, text(address, "address").size());
  for (const json::value& address : addresses) {
    const std::string reason = text(address, "reason");
    out += fmt::format("  {:<{}}  {:<5}  {}{}\n", text(address, "address"), width,
                       address.at("known").as_bool() ? "known" : "new", text(address, "state"),
                       reason.empty() ? "" : ": " + reason);
  }
  if (!import.left_out.empty()) out += fmt::format("{} left out:\n{}", import.left_out.size(), left_out_lines(import));
  return out;
}

json::object import_value(const Import& import, const json::value& answer) {
  json::object value = answer.as_object();
  if (import.read) value["connections"] = *import.read;
  if (import.considered) value["considered"] = *import.considered;
  json::array left_out, complaints;
  for (const Selection::LeftOut& item : import.left_out)
    left_out.push_back(json::object{{"what", item.what}, {"why", item.why}});
  for (const std::string& complaint : import.complaints.list()) complaints.push_back(json::value(complaint));
  value["left_out"] = std::move(left_out);
  value["unread"] = std::move(complaints);
  value["unread_lines"] = import.complaints.total();
  return value;
}

std::string nothing_text(const Import& import) {
  const std::string left_out =
      import.left_out.empty() ? "" : fmt::format("; {} left out:\n{}", import.left_out.size(), left_out_lines(import));
  std::string what = "no address to import";
  if (import.read) what = fmt::format("of {}, none is to be imported", counted(*import.read, "connection", "s"));
  if (import.considered && !*import.considered)
    what = fmt::format("of {}, none is of {}", counted(*import.read, "connection", "s"), import.whose);
  what = (import.file.empty() ? "" : import.file + ": ") + what + left_out;
  while (what.ends_with('\n')) what.pop_back();
  return what;
}

std::string complaints_text(const Import& import) {
  std::string lines;
  for (const std::string& complaint : import.complaints.list())
    lines += fmt::format("sinkfeed: {}, {}\n", import.file, complaint);
  const std::size_t more = import.complaints.total() - import.complaints.list().size();
  if (more) lines += fmt::format("sinkfeed: {}: {} more cannot be read\n", import.file, counted(more, "line", "s"));
  return lines;
}

}  // namespace sinkfeed
