#include "feed/commands/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>

#include "feed/commands/execute.hpp"

namespace sinkfeed {

namespace {

constexpr std::uint16_t kDnsPort = 53, kHttpPort = 8053;

constexpr const char* kHelp =
    R"(sinkfeed: the network's DNS server that sinks a messenger and publishes where
its servers are.

  sinkfeed check                      are the settings and profiles right?
  sinkfeed serve | reload             the daemon; it goes by changed settings
  sinkfeed status | backup | token    what it does; a copy; who may call it
  sinkfeed query talk.google.com      what a client is told, and why
  sinkfeed why 74.125.140.125         all about an address, a name, a client
  sinkfeed ips list --state held      the ledger: every address ever seen
  sinkfeed ips import | ips add       addresses from a client's netstat, a list
  sinkfeed feed show google-talk      what a firewall gets
  sinkfeed feed list | feed formats   the feeds' URLs; the formats
  sinkfeed history search --client 10.0.0.7 --since 2h --verdict sinkhole

  --config FILE   settings (/etc/sinkfeed/sinkfeed.toml, config/sinkfeed.toml)
  --state DIR     the store, instead of store.path in the settings
  --http A:PORT   the daemon to ask, instead of http.listen in the settings
  --json          the answer as JSON
  --help          of a command: sinkfeed COMMAND --help
  --version

Without a daemon, the commands that read answer from the store on disk.
Exit status: 0 done, 1 it failed, 2 the call was wrong.
)";

// One run of the program: what was given, and what is done with it.
class CommandLine {
 public:
  explicit CommandLine(const Hooks& hooks) : hooks_(hooks) {}

  int run(int argc, char** argv) {
    app_.set_help_flag();
    app_.fallthrough();
    bool help = false, version = false;
    app_.add_flag("--help,-h", help);
    app_.add_flag("--version", version);
    app_.add_option("--config", config_)->option_text("FILE");
    app_.add_option("--state", state_)->option_text("DIR");
    app_.add_option("--http", http_)->option_text("ADDRESS:PORT");
    app_.add_flag("--json", call_.options.json);
    add_commands();
    std::string wrong;
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      wrong = error.what();
    }
    if (version) return fmt::print("sinkfeed {}\n", SINKFEED_VERSION), 0;
    const CLI::App* command = &app_;
    while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
    // Who asks for help need not give what the command requires.
    if (help) return fmt::print("{}", command == &app_ ? kHelp : command_help(*command)), 0;
    if (!wrong.empty()) return wrong_call(wrong + "; sinkfeed --help lists the commands");
    if (command == &app_) return fmt::print(stderr, "{}", kHelp), 2;
    return finish(*command);
  }

 private:
  CLI::App* add(CLI::App& parent, const std::string& name, const std::string& about) {
    CLI::App* command = parent.add_subcommand(name, about);
    command->set_help_flag();
    command->fallthrough();
    return command;
  }

  void add_commands() {
    CLI::App* serve =
        add(app_, "serve",
            "The daemon. Stops on SIGTERM or Ctrl-C, when what is in flight is answered and all is written.");
    serve->add_option("--port", call_.serve.port, "the DNS port, instead of those in dns.listen")
        ->check(CLI::Range(1, 65535))
        ->option_text("N");
    serve->add_option("--http-port", call_.serve.http_port, "the HTTP port, instead of those in http.listen")
        ->option_text("N");
    add(app_, "check",
        "Reads the settings and the profiles that they name, and says that they are right or where they are wrong.");
    CLI::App* query = add(app_, "query", "Asks the daemon as a client would, and says why it answers so.");
    query->add_option("NAME", call_.subject, "the name to ask for")->required();
    query->add_option("TYPE", call_.type, "the record type (default A)");
    query->add_option("--server", server_, "the DNS server to ask, instead of dns.listen")->option_text("ADDRESS:PORT");
    CLI::App* why = add(app_, "why", "Everything known about an address, a name, or a client's address.");
    why->add_option("SUBJECT", call_.subject, "an address or a name")->required();
    add(app_, "reload",
        "The daemon reads its settings and profiles anew and goes by them, without losing a query or the cache. If "
        "they "
        "are wrong, nothing changes. SIGHUP does the same.");
    add(app_, "status", "What the daemon does, what it holds, and what is wrong.");
    add(app_, "backup",
        "The daemon copies its store, while it serves, to a folder that this prints: DIR/backups/TIME, DIR being "
        "store.path. Take it elsewhere and delete it here; at most ten can be there. To go back to it: stop the "
        "daemon, "
        "put its db and rings in the place of those in DIR, start the daemon. Without a daemon, DIR itself can be "
        "copied.");

    CLI::App* ips = add(app_, "ips", "The ledger: every address ever seen for a target.");
    ips->require_subcommand(1);
    CLI::App* list =
        add(*ips, "list", "Lists the ledger's addresses, with their state and the names that led to them.");
    option(list, "--profile", "profile", "only this profile's");
    option(list, "--state", "state", "published or held")->option_text("STATE");
    option(list, "--family", "family", "4 or 6");
    add_imports(*ips);
    add_tokens();

    CLI::App* feed = add(app_, "feed", "The feeds: what is published.");
    feed->require_subcommand(1);
    CLI::App* show = add(*feed, "show", "Prints a feed, byte for byte as a firewall gets it.");
    show->add_option("NAME", call_.subject, "the feed")->required();
    show->add_option("--format", call_.format, "txt, json or nft (default txt; with --json, json)")
        ->option_text("FORMAT");
    option(show, "--family", "family", "4 or 6");
    add(*feed, "list", "Lists the feeds and their URLs.");
    add(*feed, "formats", "Lists the formats and which firewalls read them.");

    CLI::App* history = add(app_, "history", "The history of all queries.");
    history->require_subcommand(1);
    CLI::App* search = add(*history, "search", "Finds queries. All conditions must hold.");
    option(search, "--client", "client", "an address or a network: 10.0.0.7, 10.0.0.0/8");
    option(search, "--name", "name", "talk.google.com, *.google.com (below it), or *talk* (a part)");
    option(search, "--type", "type", "A, AAAA, SRV, HTTPS, TYPE65 ...");
    option(search, "--verdict", "verdict", "pass, sinkhole, refuse or local");
    option(search, "--rcode", "rcode", "NOERROR, NXDOMAIN, SERVFAIL ...");
    option(search, "--answer", "answer", "an address in the answer");
    option(search, "--since", "since", "2026-11-23, 2026-11-23T10:00:00Z, or an age: 90s, 15m, 2h, 7d");
    option(search, "--until", "until", "the same; earlier than this");
    option(search, "--limit", "limit", "how many at most (default 100)");
    search->add_flag("--oldest-first", oldest_first_, "oldest first instead of newest first");
    search->add_flag("--count", call_.count, "only how many there are");
  }

  void add_imports(CLI::App& ips) {
    ImportOptions& options = call_.imports;
    const auto describe = [&](CLI::App* command) {
      command->add_option("--profile", options.profile, "the messenger, if there are several profiles")
          ->option_text("NAME");
      return command->add_option("--reason", options.reason, "why, for whoever asks later")->option_text("TEXT");
    };
    CLI::App* from_file = add(ips, "import", "Takes addresses from a file, or from standard input.");
    from_file->require_subcommand(1);
    CLI::App* netstat = add(
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
    CLI::App* list = add(*from_file, "list",
                         "Takes an address or a network a line; # begins a comment. Networks become single addresses, "
                         "4096 in all at most.");
    list->add_option("FILE", options.file, "the list; - is standard input")->required();
    describe(list);
    CLI::App* by_hand = add(ips, "add", "Adds addresses of the messenger that somebody knows.");
    by_hand->add_option("ADDRESS", options.addresses, "one or several")->required();
    describe(by_hand)->required();
  }

  void add_tokens() {
    CLI::App* token = add(app_, "token", "Tokens, for programs on other machines that call the API.");
    token->require_subcommand(1);
    CLI::App* create = add(*token, "create", "Makes one and shows it, this once. The machine must be in http.allow.");
    create->add_option("NAME", call_.token.name, "whose it is, like office-pc")->required();
    create
        ->add_option("--scope", call_.token.scopes,
                     "observe (report addresses), read (all that changes nothing), feed (which feeds there are) or "
                     "admin; several with commas")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->required()
        ->option_text("SCOPE");
    create->add_option("--expires", call_.token.expires, "after that time: 12h, 90d (default never)")
        ->option_text("AGE");
    add(*token, "list", "Lists them, with their scopes, and when they were used.");
    add(*token, "revoke", "Whoever has it is let in no more.")
        ->add_option("NAME", call_.token.name, "whose")
        ->required();
  }

  // An option whose value goes to the API as it is.
  CLI::Option* option(CLI::App* command, const std::string& name, const std::string& parameter,
                      const std::string& about) {
    return command->add_option(name, call_.parameters[parameter], about)->option_text("VALUE");
  }

  // "ips import netstat"
  static std::string path_of(const CLI::App& command) {
    std::string path = command.get_name();
    for (const CLI::App* parent = command.get_parent(); parent && parent->get_parent(); parent = parent->get_parent())
      path = parent->get_name() + " " + path;
    return path;
  }

  std::string command_help(const CLI::App& command) const {
    std::string usage = "sinkfeed " + path_of(command), details;
    for (const CLI::Option* item : command.get_options()) {
      if (!item->get_positional()) continue;
      usage += item->get_required() ? " " + item->get_name(true) : " [" + item->get_name(true) + "]";
      details += fmt::format("  {:<20} {}\n", item->get_name(true), item->get_description());
    }
    for (const CLI::Option* item : command.get_options()) {
      if (item->get_positional()) continue;
      details += fmt::format("  {:<20} {}\n",
                             item->get_name() + (item->get_expected_min() ? " " + item->get_option_text() : ""),
                             item->get_description());
    }
    for (const CLI::App* child : command.get_subcommands([](const CLI::App*) { return true; }))
      details += fmt::format("  {:<20} {}\n", child->get_name(), child->get_description());
    return fmt::format(
        "{}\n\n{}\n\n{}\nEverywhere: --config FILE, --state DIR, --http ADDRESS:PORT, --json (sinkfeed --help)\n",
        usage, command.get_description(), details);
  }

  int finish(const CLI::App& command) {
    call_.command = path_of(command);
    GlobalOptions& options = call_.options;
    // From where it is run now, whatever becomes of the working directory.
    const auto here = [](const std::filesystem::path& path) {
      return std::filesystem::absolute(path).lexically_normal();
    };
    options.config = here(config_.empty() ? default_config() : std::filesystem::path(config_));
    if (!state_.empty()) options.state = here(state_);
    const auto endpoint = [](const std::string& text, std::uint16_t port,
                             std::optional<Endpoint>& into) -> Result<void> {
      if (text.empty()) return {};
      const auto parsed = Endpoint::parse(text, port);
      if (!parsed) return parsed.error();
      into = *parsed;
      return {};
    };
    if (const auto http = endpoint(http_, kHttpPort, options.http); !http)
      return wrong_call("--http: " + http.error().what);
    if (const auto server = endpoint(server_, kDnsPort, call_.server); !server)
      return wrong_call("--server: " + server.error().what);
    if (call_.command == "why") call_.parameters["subject"] = call_.subject;
    if (oldest_first_) call_.parameters["order"] = "oldest";
    if (call_.count) call_.parameters["count"] = "1";
    return execute(call_, hooks_);
  }

  const Hooks& hooks_;
  CLI::App app_;
  Call call_;
  std::string config_, state_, http_, server_;
  bool oldest_first_ = false;
};

}  // namespace

std::filesystem::path default_config() {
  const std::filesystem::path installed = "/etc/sinkfeed/sinkfeed.toml";
  std::error_code ignored;
  return std::filesystem::exists(installed, ignored) ? installed : std::filesystem::path("config/sinkfeed.toml");
}

int run_command_line(int argc, char** argv, const Hooks& hooks) {
  // Output into a pipe that is closed early (| head) ends the command; it is no failure worth a signal.
  std::signal(SIGPIPE, SIG_IGN);
  return CommandLine(hooks).run(argc, argv);
}

}  // namespace sinkfeed
