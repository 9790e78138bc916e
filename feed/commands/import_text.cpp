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

std::string left_out_lines(const Import& found) {
  std::string lines;
  for (std::size_t i = 0; i < found.left_out.size() && i < kMostShown; i++)
    lines += fmt::format("  {} {}\n", found.left_out[i].what, found.left_out[i].why);
  if (found.left_out.size() > kMostShown) lines += fmt::format("  and {} more\n", found.left_out.size() - kMostShown);
  return lines;
}

}  // namespace

std::string import_text(const Import& found, const json::value& answer) {
  std::string out;
  if (found.read) out += counted(*found.read, "connection", "s") + " read, ";
  if (found.considered) out += fmt::format("{} of {}, ", *found.considered, found.whose);
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
  if (!found.left_out.empty()) out += fmt::format("{} left out:\n{}", found.left_out.size(), left_out_lines(found));
  return out;
}

json::object import_value(const Import& found, const json::value& answer) {
  json::object value = answer.as_object();
  if (found.read) value["connections"] = *found.read;
  if (found.considered) value["considered"] = *found.considered;
  json::array left_out, complaints;
  for (const Selection::LeftOut& item : found.left_out)
    left_out.push_back(json::object{{"what", item.what}, {"why", item.why}});
  for (const std::string& complaint : found.complaints.list()) complaints.push_back(json::value(complaint));
  value["left_out"] = std::move(left_out);
  value["unread"] = std::move(complaints);
  value["unread_lines"] = found.complaints.total();
  return value;
}

std::string nothing_text(const Import& found) {
  const std::string left_out =
      found.left_out.empty() ? "" : fmt::format("; {} left out:\n{}", found.left_out.size(), left_out_lines(found));
  std::string what = "no address to import";
  if (found.read) what = fmt::format("of {}, none is to be imported", counted(*found.read, "connection", "s"));
  if (found.considered && !*found.considered)
    what = fmt::format("of {}, none is of {}", counted(*found.read, "connection", "s"), found.whose);
  what = (found.file.empty() ? "" : found.file + ": ") + what + left_out;
  while (what.ends_with('\n')) what.pop_back();
  return what;
}

std::string complaints_text(const Import& found) {
  std::string lines;
  for (const std::string& complaint : found.complaints.list())
    lines += fmt::format("sinkfeed: {}, {}\n", found.file, complaint);
  const std::size_t more = found.complaints.total() - found.complaints.list().size();
  if (more) lines += fmt::format("sinkfeed: {}: {} more cannot be read\n", found.file, counted(more, "line", "s"));
  return lines;
}

}  // namespace sinkfeed
