#include "feed/commands/ips_options.hpp"

namespace sinkfeed {

namespace {

void add_imports(CLI::App& ips, Call& call) {
  ImportOptions& options = call.imports;
  const auto describe = [&](CLI::App* command) {
    command->add_option("--profile", options.profile, "the messenger, if there are several profiles")
        ->option_text("NAME");
    return command->add_option("--reason", options.reason, "why, for whoever asks later")->option_text("TEXT");
  };
  CLI::App* from_file = add_command(ips, "import", "Takes addresses from a file, or from standard input.");
  from_file->require_subcommand(1);
  CLI::App* netstat = add_command(
      *from_file, "netstat",
      "Takes the servers that a client is connected to: of netstat -ano, netstat -anob or Get-NetTCPConnection | "
      "Export-Csv on Windows, of ss -tnp or netstat -tnp on Linux, of conntrack -L on a router. FILE is recognized "
      "by "
      "itself, in any language. Only TCP connections to the profile's ports count; if no process is named, not those "
      "to 80 and 443, which everything uses. Connections that are closing, or still being opened, count too.");
  netstat->add_option("FILE", options.file, "the list of connections; - is standard input")->required();
  netstat->add_option("--pid", options.pids, "only this process's; may be given several times")
      ->allow_extra_args(false)
      ->option_text("N");
  netstat->add_option("--process", options.process, "only this program's, like googletalk.exe")->option_text("NAME");
  netstat->add_option("--tasklist", options.tasklist, "what tasklist wrote, for --process with netstat -ano")
      ->option_text("FILE");
  netstat->add_option("--port", options.ports, "this port instead of the profile's; may be given several times")
      ->allow_extra_args(false)
      ->check(CLI::Range(1, 65535))
      ->option_text("N");
  netstat
      ->add_option("--client", options.client,
                   "where it was seen, for whoever asks later; of conntrack: only this address's connections")
      ->option_text("CLIENT");
  describe(netstat);
  CLI::App* list =
      add_command(*from_file, "list",
                  "Takes an address or a network a line; # begins a comment. Networks become single addresses, "
                  "4096 in all at most.");
  list->add_option("FILE", options.file, "the list; - is standard input")->required();
  describe(list);
  CLI::App* by_hand = add_command(ips, "add", "Adds addresses of the messenger that somebody knows.");
  by_hand->add_option("ADDRESS", options.addresses, "one or several")->required();
  describe(by_hand)->required();
}

void add_decisions(CLI::App& ips, Call& call) {
  DecisionOptions& options = call.decision;
  const auto decide = [&](const char* name, const char* about, bool takes_time) {
    CLI::App* command = add_command(ips, name, about);
    command->add_option("ADDRESS", options.addresses, "one or several")->required();
    command->add_option("--reason", options.reason, "why, for whoever asks later")->required()->option_text("TEXT");
    if (takes_time)
      command->add_option("--for", options.time, "undone by itself after that time: 2h, 7d (default never)")
          ->option_text("TIME");
    command->add_option("--profile", options.profile, "of this messenger only")->option_text("NAME");
  };
  decide("hold", "Keeps addresses out of the feeds.", true);
  decide("release",
         "Publishes addresses that are held because others need them, because too many came at once, because they have "
         "not been seen for long, or because somebody held them. What a guard holds (never lists, feed.never_block, "
         "feed.protect, our own addresses) stays held.",
         true);
  decide("allow", "Never publishes addresses, whatever is seen of them.", true);
  decide("forget",
         "Removes addresses with all that is known of them. They come back when they are seen again; with --for, not "
         "before that time is over.",
         true);
  decide("undo", "Takes back what was decided: the addresses are what they are without it.", false);
  CLI::App* log = add_command(ips, "log", "Who decided what, newest first.");
  add_parameter(*log, call, "--address", "address", "of this address only");
  add_parameter(*log, call, "--limit", "limit", "how many at most (default 1000)");
}

}  // namespace

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& about) {
  CLI::App* command = parent.add_subcommand(name, about);
  command->set_help_flag();
  command->fallthrough();
  return command;
}

CLI::Option* add_parameter(CLI::App& command, Call& call, const std::string& name, const std::string& parameter,
                           const std::string& about) {
  return command.add_option(name, call.parameters[parameter], about)->option_text("VALUE");
}

void add_ips(CLI::App& ips, Call& call) {
  ips.require_subcommand(1);
  CLI::App* list = add_command(ips, "list",
                               "Lists the ledger's addresses, with their state and the names that led to "
                               "them; of shared ones, who else needs them.");
  add_parameter(*list, call, "--profile", "profile", "only this profile's");
  add_parameter(*list, call, "--state", "state", "published, held, allowed or expired")->option_text("STATE");
  add_parameter(*list, call, "--sharing", "sharing", "shared (others need it) or exclusive")->option_text("SHARING");
  add_parameter(*list, call, "--fresh", "fresh", "hot (seen within a day), warm (a week) or cold")->option_text("HOW");
  add_parameter(*list, call, "--family", "family", "4 or 6");
  add_parameter(*list, call, "--limit", "limit", "how many at most (default all)");
  add_decisions(ips, call);
  add_imports(ips, call);
}

}  // namespace sinkfeed
