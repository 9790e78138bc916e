#include "feed/commands/evidence_options.hpp"

#include "feed/commands/ips_options.hpp"

namespace sinkfeed {

void add_evidence(CLI::App& history, Call& call) {
  EvidenceOptions& options = call.evidence;
  const auto since = [&](CLI::App* command) {
    command->add_option("--since", options.since, "2026-11-23, 2026-11-23T10:00:00Z, or an age: 90s, 15m, 2h, 7d")
        ->option_text("TIME");
    command->add_option("--until", options.until, "the same; earlier than this")->option_text("TIME");
  };
  const auto reason = [&](CLI::App* command) {
    command->add_option("--reason", options.reason, "why, for whoever asks later")->required()->option_text("TEXT");
  };
  CLI::App* verify = add_command(
      history, "verify",
      "Looks whether the history and its chain of evidence (blocks, administrators' actions, checkpoints) are as they "
      "were written, and names the first link, block or checkpoint that was changed, is missing or stands in another's "
      "place. Exit status 0: all is as it was; 1: it is not, or it could not be looked at. With --since and --until "
      "the content of that time is read; the chain is always looked at as a whole. Somebody who can write the store "
      "can also make it all anew, but not the checkpoints that are kept elsewhere (history.checkpoints of the "
      "settings): --against compares with those.");
  since(verify);
  verify
      ->add_option("--against", options.against,
                   "a file with checkpoints that were kept elsewhere, as sent to a file or to syslog; - is standard "
                   "input")
      ->option_text("FILE");
  CLI::App* links = add_command(
      history, "links",
      "What the chain of evidence holds, newest first: blocks, what administrators did, what was dropped or erased.");
  add_parameter(*links, call, "--kind", "kind", "block, action, dropped, erased or checkpoint");
  add_parameter(*links, call, "--after", "after", "from the link after this number on, oldest first");
  add_parameter(*links, call, "--limit", "limit", "how many at most (default 100)");
  add_command(history, "checkpoint",
              "Signs what the chain holds by now and prints the line, as is done each hour. Keep it elsewhere.");
  CLI::App* hold = add_command(
      history, "hold",
      "Keeps the history of a time, whatever history.retention and history.max_size say, until `history release`. "
      "Blocks are held as a whole: some queries before and after that time stay too. One of --since and --until can be "
      "left out.");
  since(hold);
  reason(hold);
  add_command(history, "holds", "Which times are held, by whom, and why.");
  CLI::App* release = add_command(history, "release", "Ends a hold: retention deletes what is too old by then.");
  release->add_option("HOLD", options.hold, "its number, as `history holds` shows it")->required();
  reason(release);
  CLI::App* erase = add_command(
      history, "erase",
      "Takes a client's address out of the whole history, for good. The queries stay, of nobody, and the chain of "
      "evidence stays whole: it tells that a client was erased, of which time, by whom and why, but not which one. Do "
      "not name it in --reason. What history.privacy made of the address goes too.");
  erase->add_option("--client", options.client, "its address")->required()->option_text("ADDRESS");
  reason(erase);
}

}  // namespace sinkfeed
