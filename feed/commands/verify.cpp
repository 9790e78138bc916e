// history verify: asks for one step after the other, and compares with checkpoints that were kept elsewhere.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <sstream>
#include <vector>

#include "feed/commands/evidence.hpp"
#include "feed/commands/execute.hpp"
#include "feed/commands/input_file.hpp"
#include "feed/commands/text_parts.hpp"
#include "store/checkpoint.hpp"
#include "store/sha256.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::size_t kAtOnce = 100;  // checkpoints that are compared with one call

struct Verified {
  std::uint64_t links = 0, blocks = 0, rows = 0, checkpoints = 0, against = 0;
  std::string finding;
};

// In their order, each once.
Result<std::vector<Checkpoint>> read_checkpoints(const std::string& file) {
  const auto content = read_file(file);
  if (!content) return content.error();
  std::vector<Checkpoint> found;
  std::istringstream lines(*content);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    number++;
    if (line.find("sinkfeed-checkpoint") == std::string::npos) continue;
    auto checkpoint = Checkpoint::parse(line);
    if (!checkpoint || !checkpoint->is_signed())
      return Problem{fmt::format("{}, line {}: the checkpoint was changed, or it is not whole: its signature is wrong",
                                 file, number)};
    found.push_back(std::move(*checkpoint));
  }
  if (found.empty()) return Problem{file + ": there is no checkpoint in it"};
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.to < b.to; });
  return found;
}

// One that the chain does not bear out, as a sentence; empty: it does.
std::string compare(const Checkpoint& checkpoint, const json::value& answer, std::uint64_t good_to) {
  if (const std::string node = text(answer, "node"); to_hex(checkpoint.node) != node)
    return fmt::format("the checkpoint of {} is of another node ({}; this one is {})", format_time(checkpoint.time),
                       to_hex(checkpoint.node), node);
  const std::string until = format_time(checkpoint.time);
  for (const json::value& link : answer.at("links").as_array()) {
    if (number(link, "number") != checkpoint.to) continue;
    if (text(link, "hash") == to_hex(checkpoint.hash)) return "";
    return fmt::format(
        "the links {} to {} are not those that there were at {}, when a checkpoint was made that was kept elsewhere: "
        "they were made anew since",
        good_to + 1, checkpoint.to, until);
  }
  return fmt::format(
      "link {} is not in the chain (which has {}), but a checkpoint of {} that was kept elsewhere tells of it: the "
      "chain was cut off, or damaged",
      checkpoint.to, counted(number(answer, "length"), "link"), until);
}

Result<void> compare_all(const std::vector<Checkpoint>& checkpoints, DaemonClient& client, Verified& verified) {
  std::uint64_t good_to = 0;
  for (std::size_t from = 0; from < checkpoints.size(); from += kAtOnce) {
    const std::size_t to = std::min(checkpoints.size(), from + kAtOnce);
    std::string numbers;
    for (std::size_t i = from; i < to; i++)
      numbers += fmt::format("{}{}", numbers.empty() ? "" : ",", checkpoints[i].to);
    const ApiAnswer answer = client.call("history/links", {{"numbers", numbers}});
    if (answer.status >= 400) return Problem{text(answer.body, "detail")};
    for (std::size_t i = from; i < to; i++) {
      verified.finding = compare(checkpoints[i], answer.body, good_to);
      if (!verified.finding.empty()) return {};
      good_to = checkpoints[i].to;
      verified.against++;
    }
  }
  return {};
}

Result<void> step_through(const Call& call, DaemonClient& client, Verified& verified) {
  const bool shows_progress = isatty(STDERR_FILENO) == 1;
  Parameters parameters{{"since", call.evidence.since}, {"until", call.evidence.until}};
  for (;;) {
    const ApiAnswer answer = client.call("history/verify", parameters);
    if (answer.status >= 400) return Problem{text(answer.body, "detail")};
    verified.links += number(answer.body, "links");
    verified.blocks += number(answer.body, "blocks");
    verified.rows += number(answer.body, "rows");
    verified.checkpoints += number(answer.body, "checkpoints");
    verified.finding = text(answer.body, "finding");
    parameters["cursor"] = text(answer.body, "cursor");
    if (shows_progress) {
      fmt::print(stderr, "\r\x1b[K");
      if (!parameters["cursor"].empty())
        fmt::print(stderr, "verified {:.0f} %, {}", 100 * answer.body.at("done").to_number<double>(),
                   counted(verified.links, "link"));
    }
    if (parameters["cursor"].empty()) return {};
  }
}

int tell(const Call& call, const Verified& verified) {
  if (call.options.json) {
    json::object body{{"right", verified.finding.empty()},   {"links", verified.links},
                      {"blocks", verified.blocks},           {"rows", verified.rows},
                      {"checkpoints", verified.checkpoints}, {"against", verified.against}};
    if (!verified.finding.empty()) body["finding"] = verified.finding;
    fmt::print("{}\n", json::serialize(body));
  } else if (verified.finding.empty()) {
    fmt::print("All is as it was written: {}, {} with {}, {}{}.\n", counted(verified.links, "link"),
               counted(verified.blocks, "block"), counted(verified.rows, "query", "queries"),
               counted(verified.checkpoints, "checkpoint"),
               verified.against ? fmt::format(", and {} kept elsewhere", counted(verified.against, "checkpoint")) : "");
  }
  if (!verified.finding.empty()) fmt::print(stderr, "sinkfeed: {}\n", verified.finding);
  return verified.finding.empty() ? 0 : 1;
}

}  // namespace

int verify_history(const Call& call, DaemonClient& client) {
  Verified verified;
  if (!call.evidence.against.empty()) {
    const auto checkpoints = read_checkpoints(call.evidence.against);
    if (!checkpoints) return failed(checkpoints.error());
    if (const auto compared = compare_all(*checkpoints, client, verified); !compared) return failed(compared.error());
  }
  if (verified.finding.empty()) {
    if (const auto done = step_through(call, client, verified); !done) return failed(done.error());
  }
  return tell(call, verified);
}

}  // namespace sinkfeed
