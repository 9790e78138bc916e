#include "feed/commands/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <cstdio>

#include "feed/commands/daemon_client.hpp"
#include "feed/commands/text.hpp"
#include "feed/format.hpp"

namespace sinkfeed {

namespace {

constexpr std::uint16_t kDnsPort = 53, kHttpPort = 8053;

constexpr const char* kHelp =
    R"(sinkfeed: the network's DNS server that sinks a messenger and publishes where its servers are.

Begin with
  sinkfeed check                         are the settings and profiles right?
  sinkfeed serve                         the daemon: DNS, feeds, history
  sinkfeed reload                        the daemon goes by the settings as they are now
  sinkfeed status                        what it does, and what is wrong
  sinkfeed query talk.google.com         what a client is told, and why
  sinkfeed why 74.125.140.125            everything known about an address, a name, a client
  sinkfeed ips list --state held         the ledger: every address ever seen
  sinkfeed feed show google-talk         what a firewall gets
  sinkfeed feed list | feed formats      the feeds' URLs; the formats and who reads them
  sinkfeed history search --client 10.0.0.7 --since 2h --verdict sinkhole

Everywhere
  --config FILE         settings (default: /etc/sinkfeed/sinkfeed.toml, else config/sinkfeed.toml)
  --state DIR           the store, instead of store.path in the settings
  --http ADDRESS:PORT   the daemon to ask, instead of http.listen in the settings
  --json                the answer as JSON
  --help                of a command: sinkfeed COMMAND --help
  --version

Without a daemon, the commands that read answer from the store on disk.
Exit status: 0 done, 1 it failed, 2 the call was wrong.
)";

int failed(const Problem& problem) {
  fmt::print(stderr, "sinkfeed: {}\n", problem.what);
  return 1;
}

int wrong_call(const std::string& what) {
  fmt::print(stderr, "sinkfeed: {}\n", what);
  return 2;
}

std::string check_text(const Configuration& configuration) {
  const Settings& settings = configuration.settings;
  std::string out = fmt::format("{} is right.\n", settings.file.string());
  const auto endpoints = [](const std::vector<Endpoint>& list) {
    std::string line;
    for (const Endpoint& endpoint : list) line += (line.empty() ? "" : ", ") + endpoint.text();
    return line;
  };
  out +=
      fmt::format("  dns       {}\n  http      {}\n  upstream  {}\n  store     {}\n", endpoints(settings.dns.listen),
                  endpoints(settings.http.listen), endpoints(settings.upstream.servers), settings.store.path.string());
  out += fmt::format("  blocking  {}", block_mode_name(settings.block.mode));
  if (settings.block.mode == BlockMode::sinkhole)
    out += fmt::format(" {} and {}", settings.block.ipv4.text(), settings.block.ipv6.text());
  out += "\n";
  for (const Profile& profile : configuration.catalogue->profiles())
    out += fmt::format("  profile   {} ({}): {} names, {} never blocked, {} addresses known from the start\n",
                       profile.name, profile.title, profile.names.size(), profile.never.size(), profile.known.size());
  return out;
}

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
    app_.add_flag("--json", json_);
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
    return execute(*command);
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
    serve->add_option("--port", serve_options_.port, "the DNS port, instead of those in dns.listen")->option_text("N");
    serve->add_option("--http-port", serve_options_.http_port, "the HTTP port, instead of those in http.listen")
        ->option_text("N");
    add(app_, "check",
        "Reads the settings and the profiles that they name, and says that they are right or where they are wrong.");
    CLI::App* query = add(app_, "query", "Asks the daemon as a client would, and says why it answers so.");
    query->add_option("NAME", subject_, "the name to ask for")->required();
    query->add_option("TYPE", type_, "the record type (default A)");
    query->add_option("--server", server_, "the DNS server to ask, instead of dns.listen")->option_text("ADDRESS:PORT");
    CLI::App* why = add(app_, "why", "Everything known about an address, a name, or a client's address.");
    why->add_option("SUBJECT", subject_, "an address or a name")->required();
    add(app_, "reload",
        "The daemon reads its settings and profiles anew and goes by them, without losing a query or the cache. If "
        "they "
        "are wrong, nothing changes. SIGHUP does the same.");
    add(app_, "status", "What the daemon does, what it holds, and what is wrong.");

    CLI::App* ips = add(app_, "ips", "The ledger: every address ever seen for a target.");
    ips->require_subcommand(1);
    CLI::App* list =
        add(*ips, "list", "Lists the ledger's addresses, with their state and the names that led to them.");
    option(list, "--profile", "profile", "only this profile's");
    option(list, "--state", "state", "published, held, allowed or expired")->option_text("STATE");
    option(list, "--family", "family", "4 or 6");

    CLI::App* feed = add(app_, "feed", "The feeds: what is published.");
    feed->require_subcommand(1);
    CLI::App* show = add(*feed, "show", "Prints a feed, byte for byte as a firewall gets it.");
    show->add_option("NAME", subject_, "the feed")->required();
    show->add_option("--format", format_, "txt, json or nft (default txt)")->option_text("FORMAT");
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
    search->add_flag("--count", count_, "only how many there are");
  }

  // An option whose value goes to the API as it is.
  CLI::Option* option(CLI::App* command, const std::string& name, const std::string& parameter,
                      const std::string& about) {
    return command->add_option(name, parameters_[parameter], about)->option_text("VALUE");
  }

  std::string command_help(const CLI::App& command) const {
    std::string path = command.get_name();
    for (const CLI::App* parent = command.get_parent(); parent && !parent->get_name().empty() && parent->get_parent();
         parent = parent->get_parent())
      path = parent->get_name() + " " + path;
    std::string usage = "sinkfeed " + path, details;
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

  int execute(const CLI::App& command) {
    const std::string path =
        (command.get_parent() == &app_ ? "" : command.get_parent()->get_name() + " ") + command.get_name();
    options_.config = config_.empty() ? default_config() : std::filesystem::path(config_);
    options_.json = json_;
    if (!state_.empty()) options_.state = state_;
    if (!http_.empty()) {
      const auto http = Endpoint::parse(http_, kHttpPort);
      if (!http) return wrong_call("--http: " + http.error().what);
      options_.http = *http;
    }
    if (path == "feed formats") return formats();

    // From where it is run now, whatever becomes of the working directory.
    options_.config = std::filesystem::absolute(options_.config).lexically_normal();
    if (options_.state) options_.state = std::filesystem::absolute(*options_.state).lexically_normal();
    if (path == "serve") return hooks_.serve([this] { return load(); });
    const auto configuration = load();
    if (!configuration) return failed(configuration.error());
    if (path == "check") return check(*configuration);
    DaemonClient client(options_, *configuration);
    if (path == "query") return query(client);
    if (path == "reload") return reload(client);
    if (path == "feed show") {
      if (const std::string family = parameters_["family"]; !family.empty() && family != "4" && family != "6")
        return wrong_call("--family is 4 or 6");
      const auto bytes = client.feed(subject_, format_, parameters_["family"]);
      if (!bytes) return failed(bytes.error());
      return std::fwrite(bytes->data(), 1, bytes->size(), stdout) == bytes->size() ? 0 : 1;
    }
    return show(client, path);
  }

  Result<Configuration> load() const {
    auto configuration = load_configuration(options_.config);
    if (!configuration) return configuration.error();
    Settings& settings = configuration->settings;
    if (options_.state) settings.store.path = *options_.state;
    if (serve_options_.port) {
      for (Endpoint& endpoint : settings.dns.listen) endpoint.port = *serve_options_.port;
    }
    if (serve_options_.http_port) {
      for (Endpoint& endpoint : settings.http.listen) endpoint.port = *serve_options_.http_port;
    }
    return configuration;
  }

  int check(const Configuration& configuration) {
    if (!json_) return fmt::print("{}", check_text(configuration)), 0;
    boost::json::array profiles;
    for (const Profile& profile : configuration.catalogue->profiles())
      profiles.push_back(boost::json::value(profile.name));
    const boost::json::object object{
        {"settings", configuration.settings.file.string()}, {"right", true}, {"profiles", std::move(profiles)}};
    return fmt::print("{}\n", boost::json::serialize(object)), 0;
  }

  int formats() {
    boost::json::array list;
    for (const FeedFormat* format : feed_formats()) {
      if (!json_) fmt::print(".{:<6} {}\n", format->extension(), format->read_by());
      list.push_back(boost::json::object{
          {"format", format->extension()}, {"media_type", format->media_type()}, {"read_by", format->read_by()}});
    }
    if (json_) fmt::print("{}\n", boost::json::serialize(list));
    return 0;
  }

  int reload(DaemonClient& client) {
    const auto body = client.reload();
    if (!body) return failed(body.error());
    if (json_) return fmt::print("{}\n", boost::json::serialize(*body)), 0;
    std::string names;
    for (const boost::json::value& name : body->at("changed").as_array())
      names += (names.empty() ? "" : ", ") + std::string(name.as_string());
    fmt::print("{}\n", names.empty() ? "Nothing has changed." : "Changed: " + names + ".");
    return 0;
  }

  // The daemon may listen elsewhere than the settings say (serve --port): it is asked where.
  int query(DaemonClient& client) {
    std::optional<Endpoint> server;
    if (!server_.empty()) {
      const auto given = Endpoint::parse(server_, kDnsPort);
      if (!given) return wrong_call("--server: " + given.error().what);
      server = *given;
    } else if (const auto status = client.call("status", {}); status && status->at("running").as_bool()) {
      const auto listen = Endpoint::parse(std::string(status->at("dns").as_array().at(0).as_string()), kDnsPort);
      if (listen) server = *listen;
    }
    return hooks_.query(client.configuration(), subject_, type_, server, json_);
  }

  int show(DaemonClient& client, const std::string& path) {
    std::string call = path;
    if (path == "why") parameters_["subject"] = subject_;
    if (path == "ips list") call = "ips";
    if (path == "feed list") call = "feeds";
    if (path == "history search") {
      call = "history";
      if (oldest_first_) parameters_["order"] = "oldest";
      if (count_) parameters_["count"] = "1";
    }
    const auto body = client.call(call, parameters_);
    if (!body) return failed(body.error());
    if (json_) return fmt::print("{}\n", boost::json::serialize(*body)), 0;
    if (call == "status") fmt::print("{}", status_text(*body));
    if (call == "ips") fmt::print("{}", ips_text(*body));
    if (call == "why") fmt::print("{}", why_text(*body));
    if (call == "feeds")
      fmt::print("{}", feeds_text(*body, "http://THIS-SERVER:" +
                                             std::to_string(client.configuration().settings.http.listen.front().port)));
    if (call == "history" && count_) fmt::print("{}\n", body->at("count").to_number<std::uint64_t>());
    if (call == "history" && !count_) fmt::print("{}", history_text(*body));
    return 0;
  }

  const Hooks& hooks_;
  CLI::App app_;
  GlobalOptions options_;
  ServeOptions serve_options_;
  Parameters parameters_;
  std::string config_, state_, http_, subject_, type_ = "A", server_, format_ = "txt";
  bool json_ = false, oldest_first_ = false, count_ = false;
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
