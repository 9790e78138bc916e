#include "feed/commands/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>

#include "feed/commands/agent.hpp"
#include "feed/commands/evidence_options.hpp"
#include "feed/commands/execute.hpp"
#include "feed/commands/ips_options.hpp"
#include "feed/listings/listing.hpp"

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
  sinkfeed ips list --state held      every address ever seen (import, add)
  sinkfeed ips hold 192.0.2.7 --for 2h --reason TEXT | release | allow | forget
  sinkfeed feed show google-talk      what a firewall gets (diff, rollback, ...)
  sinkfeed subscribers                which firewall holds what, who is behind
  sinkfeed agent nftables --url URL   keeps this firewall as the feed is (ipset)
  sinkfeed history search --client 10.0.0.7 --since 2h (tail, top, stats, ...)

  --config FILE   settings (/etc/sinkfeed/sinkfeed.toml, config/sinkfeed.toml)
  --state DIR     the store, instead of store.path in the settings
  --http A:PORT   the daemon to ask, instead of http.listen in the settings
  --json          the answer as JSON
  --version, --help (of a command: sinkfeed COMMAND --help)

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
  void add_commands() {
    CLI::App* serve =
        add_command(app_, "serve",
                    "The daemon. Stops on SIGTERM or Ctrl-C, when what is in flight is answered and all is written.");
    serve->add_option("--port", call_.serve.port, "the DNS port, instead of those in dns.listen")
        ->check(CLI::Range(1, 65535))
        ->option_text("N");
    serve->add_option("--http-port", call_.serve.http_port, "the HTTP port, instead of those in http.listen")
        ->option_text("N");
    add_command(
        app_, "check",
        "Reads the settings and the profiles that they name, and says that they are right or where they are wrong.");
    CLI::App* query = add_command(app_, "query", "Asks the daemon as a client would, and says why it answers so.");
    query->add_option("NAME", call_.subject, "the name to ask for")->required();
    query->add_option("TYPE", call_.type, "the record type (default A)");
    query->add_option("--server", server_, "the DNS server to ask, instead of dns.listen")->option_text("ADDRESS:PORT");
    CLI::App* why = add_command(app_, "why", "Everything known about an address, a name, or a client's address.");
    why->add_option("SUBJECT", call_.subject, "an address or a name")->required();
    add_command(
        app_, "reload",
        "The daemon reads its settings and profiles anew and goes by them, without losing a query or the cache. If "
        "they "
        "are wrong, nothing changes. SIGHUP does the same.");
    add_command(app_, "status", "What the daemon does, what it holds, and what is wrong.");
    add_command(
        app_, "backup",
        "The daemon copies its store, while it serves, to a folder that this prints: DIR/backups/TIME, DIR being "
        "store.path. Take it elsewhere and delete it here; at most ten can be there. To go back to it: stop the "
        "daemon, "
        "put its db and rings in the place of those in DIR, start the daemon. Without a daemon, DIR itself can be "
        "copied.");

    add_ips(*add_command(app_, "ips", "The ledger: every address ever seen for a target."), call_);
    add_tokens();
    add_subscribers();
    add_agent(*add_command(app_, "agent", "Keeps a firewall's sets on this machine as a feed on a server is."), call_);

    CLI::App* feed = add_command(app_, "feed", "The feeds: what is published.");
    feed->require_subcommand(1);
    CLI::App* show = add_command(*feed, "show", "Prints a feed, byte for byte as a firewall gets it.");
    show->add_option("NAME", call_.subject, "the feed")->required();
    show->add_option("--format", call_.format, "what `sinkfeed feed formats` lists (default txt; with --json, json)")
        ->option_text("FORMAT");
    add_parameter(*show, call_, "--family", "family", "4 or 6");
    add_parameter(*show, call_, "--generation", "generation", "as it was in that generation");
    CLI::App* diff = add_command(*feed, "diff", "What came into a feed and what left it between two generations.");
    diff->add_option("FROM", call_.parameters["from"], "the number of the earlier generation")->required();
    diff->add_option("TO", call_.parameters["to"], "of the later one (default the current one)");
    diff->add_option("--feed", call_.parameters["feed"], "the feed (default that of the first profile)")
        ->option_text("NAME");
    CLI::App* at = add_command(*feed, "at", "Which generation was published at a time.");
    at->add_option("TIME", call_.parameters["time"], "2026-11-23, 2026-11-23T10:00:00Z, or an age: 90s, 15m, 2h, 7d")
        ->required();
    CLI::App* rollback = add_command(
        *feed, "rollback",
        "Sets all feeds back to what they were in a generation, but for addresses that a guard keeps out today. They "
        "stay so: nothing comes in, and only what the office needs goes, until `sinkfeed feed release`.");
    rollback->add_option("GENERATION", call_.subject, "its number; `sinkfeed feed at TIME` tells it")->required();
    rollback->add_option("--reason", call_.decision.reason, "why, for whoever asks later")->required();
    CLI::App* release = add_command(*feed, "release",
                                    "Ends a rollback, and lets into the feeds what the limits of growth and shrinkage "
                                    "(feed.max_growth, feed.max_shrink) have held back.");
    release->add_option("--reason", call_.decision.reason, "why, for whoever asks later")->required();
    CLI::App* waiting = add_command(*feed, "waiting", "What is held back from the feeds until a person releases it.");
    add_parameter(*waiting, call_, "--limit", "limit", "so many at most (default 100)");
    CLI::App* plan = add_command(*feed, "plan",
                                 "Which names, and how many clients, would have been cut by the feed that is published "
                                 "next, by what the history holds.");
    plan->add_option("NAME", call_.parameters["profile"], "the feed")->required();
    add_parameter(*plan, call_, "--since", "since", "how far back: a time, a date, or an age (default 7d)");
    plan->add_flag("--shared", plan_shared_, "as if the addresses that are held as shared were published too");
    add_compare(
        *add_command(*feed, "compare",
                     "Reads what the firewall itself lists, and prints what is missing there and what is extra, as "
                     "networks. Sets are "
                     "compared as sets of addresses, however they are written. Exit status 0: they are the same; 1: "
                     "they are not, or "
                     "lines of the file could not be read. An older generation that the list is equal to is named."));
    add_command(*feed, "list", "Lists the feeds and their URLs.");
    add_command(*feed, "formats", "Lists the formats and which firewalls read them.");

    CLI::App* history = add_command(app_, "history", "The history of all queries.");
    history->require_subcommand(1);
    CLI::App* search = add_command(*history, "search", "Finds queries. All conditions must hold.");
    add_history_filter(*search);
    add_parameter(*search, call_, "--limit", "limit", "how many at most (default 100)");
    search->add_flag("--oldest-first", oldest_first_, "oldest first instead of newest first");
    search->add_flag("--count", call_.count, "only how many there are");
    CLI::App* tail =
        add_command(*history, "tail",
                    "Shows queries as they come, a line each, those that were blocked in colour on a terminal. Ctrl-C "
                    "ends it.");
    add_history_filter(*tail);
    CLI::App* top = add_command(*history, "top",
                                "Counts queries by what they have in common, the most first; by time in order. All "
                                "conditions must hold.");
    add_parameter(*top, call_, "--by", "by",
                  "name (default), client, type, verdict, rcode or time; several with commas between");
    add_parameter(*top, call_, "--width", "width", "of the pieces of time: 1m, 1h (default), 1d");
    add_parameter(*top, call_, "--limit", "limit", "how many are shown (default 10)");
    add_history_filter(*top);
    CLI::App* stats = add_command(*history, "stats",
                                  "How many queries there were: by verdict, answer, type, client, name and hour. All "
                                  "conditions must hold; all of the history is read if there is no --since.");
    add_history_filter(*stats);
    add_export(*add_command(
        *history, "export",
        "Writes the queries that match, oldest first, all of them, for other programs. What cannot be read is left out "
        "and told of, with exit status 1. CSV has a header line, its columns are named as the API's fields; a text "
        "that "
        "begins with = + - or @ has an apostrophe before it, so that no spreadsheet takes it for a formula. dnstap is "
        "a "
        "Frame Streams file, as `dnstap-read` and its like take it."));
    add_evidence(*history, call_);
  }

  void add_history_filter(CLI::App& command) {
    add_parameter(command, call_, "--client", "client", "an address or a network: 10.0.0.7, 10.0.0.0/8");
    add_parameter(command, call_, "--name", "name", "talk.google.com, *.google.com (below it), or *talk* (a part)");
    add_parameter(command, call_, "--type", "type", "A, AAAA, SRV, HTTPS, TYPE65 ...");
    add_parameter(command, call_, "--verdict", "verdict", "pass, sinkhole, refuse or local");
    add_parameter(command, call_, "--rcode", "rcode", "NOERROR, NXDOMAIN, SERVFAIL ...");
    add_parameter(command, call_, "--answer", "answer", "an address in the answer");
    add_parameter(command, call_, "--since", "since", "2026-11-23, 2026-11-23T10:00:00Z, or an age: 90s, 15m, 2h, 7d");
    add_parameter(command, call_, "--until", "until", "the same; earlier than this");
  }

  void add_export(CLI::App& command) {
    command.add_option("--format", call_.format, "csv (default), jsonl (as the API's records, one a line) or dnstap")
        ->option_text("FORMAT");
    command.add_option("--output", call_.output, "the file to write, instead of standard output")->option_text("FILE");
    command.add_flag(
        "--signed", call_.is_signed,
        "jsonl, and beside FILE what an auditor needs to check it without this server: FILE.manifest (what was "
        "searched for, SHA-256 of FILE, a checkpoint made at that moment), FILE.manifest.sig and FILE.pem (its "
        "signature and the node's key, for openssl), FILE.links (the blocks' links in the chain of evidence, each "
        "with its way to the root of a signed checkpoint). scripts/check-export FILE checks all of it with Python and "
        "openssl alone");
    add_history_filter(command);
  }

  void add_tokens() {
    CLI::App* token = add_command(app_, "token", "Tokens, for firewalls and programs on other machines.");
    token->require_subcommand(1);
    CLI::App* create =
        add_command(*token, "create", "Makes one and shows it, this once. The machine must be in http.allow.");
    create->add_option("NAME", call_.token.name, "whose it is, like office-pc")->required();
    create
        ->add_option(
            "--scope", call_.token.scopes,
            "observe (report addresses), feed (fetch feeds), read (all that changes nothing) or admin; several "
            "with commas")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->required()
        ->option_text("SCOPE");
    create->add_option("--expires", call_.token.expires, "after that time: 12h, 90d (default never)")
        ->option_text("AGE");
    CLI::App* rotate = add_command(
        *token, "rotate",
        "Makes a new secret for a token and shows it, this once. The one before stays good meanwhile, so that "
        "firewalls can be given the new one without being turned away; `token list` says whether somebody "
        "still uses it.");
    rotate->add_option("NAME", call_.token.name, "whose")->required();
    rotate
        ->add_option("--overlap", call_.token.overlap,
                     "how long the one before stays good: 12h, 30d; 0s ends all before at once (default 7d)")
        ->option_text("AGE");
    add_command(*token, "list", "Lists them, with their scopes, and when they were used.");
    add_command(*token, "revoke", "Whoever has it is let in no more.")
        ->add_option("NAME", call_.token.name, "whose")
        ->required();
  }

  void add_subscribers() {
    CLI::App* subscribers = add_command(
        app_, "subscribers",
        "Who fetches the feeds: the generation that each holds, how far it is behind the feed (generations, and since "
        "when), when it was heard of last, how often it asks, and its answers of status 200, 304 and others. The "
        "furthest behind come first. One that asks regularly and has fallen silent, or does not get what is newer, is "
        "marked, and `status` and /readyz warn of it.");
    CLI::App* forget = add_command(*subscribers, "forget",
                                   "Takes a firewall off the list that is gone for good; others go after 30 days. It "
                                   "comes back if it asks again.");
    forget->add_option("ADDRESS", call_.forget.address, "the firewall")->required();
    forget->add_option("--feed", call_.forget.feed, "only what it fetches of this file, as the list names it")
        ->option_text("FILE");
  }

  void add_compare(CLI::App& compare) {
    CompareOptions& options = call_.compare;
    compare.add_option("FILE", options.file, "what the firewall has printed; - is standard input")->required();
    compare.add_option("--feed", options.feed, "the feed (default that of the first profile)")->option_text("NAME");
    compare.add_option("--family", options.family, "4 or 6 alone")->option_text("VALUE");
    compare
        .add_option("--set", options.sets,
                    "the set, list or group to compare, if there are several and none is named as the feed's formats "
                    "name it; may be given several times")
        ->allow_extra_args(false)
        ->option_text("NAME");
    std::string about = "what printed it, if that is not recognized:";
    for (const ListingFormat* format : listing_formats())
      about += fmt::format("\n{:23}{:<10}{}", "", format->name, format->what);
    compare.add_option("--format", options.format, about)->option_text("FORMAT");
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
    if (plan_shared_) call_.parameters["shared"] = "1";
    return execute(call_, hooks_);
  }

  const Hooks& hooks_;
  CLI::App app_;
  Call call_;
  std::string config_, state_, http_, server_;
  bool oldest_first_ = false, plan_shared_ = false;
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
