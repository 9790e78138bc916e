#include "feed/commands/signed_export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "feed/commands/execute.hpp"
#include "feed/commands/text_parts.hpp"
#include "store/sha256.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr const char* kEndings[] = {"", ".manifest", ".manifest.sig", ".pem", ".links"};

// A new file; what it cannot take is a Problem at the end.
class NewFile {
 public:
  explicit NewFile(const std::string& name) : name_(name), file_(std::fopen(name.c_str(), "wxe"), std::fclose) {}
  // False: it takes no more.
  bool write(std::string_view bytes) {
    return good_ = good_ && file_ && std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) == bytes.size();
  }
  Result<void> close() {
    good_ = good_ && file_ && std::fflush(file_.get()) == 0;
    if (good_) return {};
    return Problem{fmt::format("cannot write {}: {}", name_, std::strerror(errno))};
  }

 private:
  std::string name_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  bool good_ = true;
};

Result<void> write_file(const std::string& name, std::string_view bytes) {
  NewFile file(name);
  file.write(bytes);
  return file.close();
}

// How many.
Result<std::uint64_t> write_records(const std::string& name, const Parameters& parameters, DaemonClient& client) {
  NewFile file(name);
  std::uint64_t records = 0;
  const auto exported = client.export_history(parameters, [&](std::string_view lines) {
    records += static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
    return file.write(lines);
  });
  if (const auto closed = file.close(); !closed) return closed.error();
  if (!exported) return exported.error();
  return records;
}

}  // namespace

int export_signed(const Call& call, DaemonClient& client) {
  const std::string& name = call.output;
  if (name.empty() || name == "-") return wrong_call("--signed writes several files: say with --output where");
  if (!call.format.empty() && call.format != "jsonl") return wrong_call("--signed is --format jsonl");
  for (const char* ending : kEndings) {
    std::error_code ignored;
    if (std::filesystem::exists(name + ending, ignored))
      return failed(Problem{name + ending + " is there already: give another name"});
  }
  json::object body;
  for (const auto& [member, value] : call.parameters) {
    if (!value.empty()) body[member] = value;
  }
  const ApiAnswer answer = client.act("history/attest", &body);
  if (answer.status >= 400) return refused(answer);
  Parameters parameters = call.parameters;
  parameters["since"] = text(answer.body, "since");
  parameters["until"] = text(answer.body, "until");
  parameters["format"] = "jsonl";
  const auto records = write_records(name, parameters, client);
  if (!records) return failed(records.error());
  if (*records != number(answer.body, "records"))
    return failed(
        Problem{fmt::format("{} has {} records, but {} were signed: the history has changed meanwhile; try "
                            "again",
                            name, *records, number(answer.body, "records"))});
  const std::string signature = from_base64(text(answer.body, "signature")).value_or("");
  for (const auto& [ending, bytes] :
       {std::pair{".manifest", text(answer.body, "manifest")}, std::pair{".manifest.sig", signature},
        std::pair{".pem", text(answer.body, "key")}, std::pair{".links", text(answer.body, "links")}}) {
    if (const auto written = write_file(name + ending, bytes); !written) return failed(written.error());
  }
  if (call.options.json)
    fmt::print("{}\n", json::serialize(json::object{{"file", name}, {"records", *records}}));
  else
    fmt::print("{} in {}; beside it .manifest, .manifest.sig, .pem and .links, which scripts/check-export reads.\n",
               counted(*records, "record"), name);
  return 0;
}

}  // namespace sinkfeed
