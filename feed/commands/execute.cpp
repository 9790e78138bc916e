#include "feed/commands/execute.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <cstdio>

#include "feed/commands/agent.hpp"
#include "feed/commands/compare.hpp"
#include "feed/commands/daemon_client.hpp"
#include "feed/commands/decisions.hpp"
#include "feed/commands/evidence.hpp"
#include "feed/commands/export.hpp"
#include "feed/commands/held_back.hpp"
#include "feed/commands/history.hpp"
#include "feed/commands/imports.hpp"
#include "feed/commands/signed_export.hpp"
#include "feed/commands/subscribers.hpp"
#include "feed/commands/text.hpp"
#include "feed/commands/tokens.hpp"
#include "feed/format.hpp"
#include "feed/json_values.hpp"
#include "feed/settings_check.hpp"

namespace sinkfeed {

namespace {

constexpr std::uint16_t kDnsPort = 53;

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
  if (!settings.http.tls.listen.empty())
    out += fmt::format("  https     {}, certificate {}\n", endpoints(settings.http.tls.listen),
                       settings.http.tls.certificate.string());
  for (const SinkSettings& sink : settings.history.sinks) out += fmt::format("  sink      {}\n", sink.name());
  out += fmt::format("  blocking  {}", block_mode_name(settings.block.mode));
  if (settings.block.mode == BlockMode::sinkhole)
    out += fmt::format(" {} and {}", settings.block.ipv4.text(), settings.block.ipv6.text());
  out += "\n";
  for (const Profile& profile : configuration.catalogue->profiles())
    out += fmt::format("  profile   {} ({}): {} names, {} never blocked, {} addresses known from the start\n",
                       profile.name, profile.title, profile.names.size(), profile.never.size(), profile.known.size());
  return out;
}

class Command {
 public:
  Command(const Call& call, const Hooks& hooks) : call_(call), hooks_(hooks) {}

  int run() {
    const std::string& name = call_.command;
    if (name == "feed formats") return formats();
    if (name.starts_with("agent ")) return run_agent(call_);
    if (name == "serve") return hooks_.serve([call = call_] { return Command::load(call); });
    const auto configuration = load(call_);
    if (!configuration) return failed(configuration.error());
    if (name == "check") return check(*configuration);
    DaemonClient client(call_.options, *configuration);
    if (name == "query") return query(client);
    if (name == "reload") return reload(client);
    if (name == "backup") return backup(client);
    if (name == "feed show") return feed(client);
    if (name == "history search") return history_search(call_, client);
    if (name == "history top") return history_top(call_, client);
    if (name == "history stats") return history_stats(call_, client);
    if (name == "history tail") return history_tail(call_, client);
    if (name == "history export") return call_.is_signed ? export_signed(call_, client) : export_history(call_, client);
    if (name == "feed rollback") return roll_feeds_back(call_, client);
    if (name == "feed release") return release_feeds(call_, client);
    if (name == "feed waiting") return show_waiting(call_, client);
    if (name == "feed compare") return compare_listing(call_, client);
    if (name == "subscribers") return list_subscribers(call_, client);
    if (name == "subscribers forget") return forget_subscriber(call_, client);
    if (name == "ips list") return list_addresses(call_, client);
    if (name == "ips log") return list_decisions(call_, client);
    for (const char* what : {"hold", "release", "allow", "forget", "undo"}) {
      if (name == std::string("ips ") + what) return decide_addresses(call_, client, what);
    }
    if (name == "ips import netstat") return import_connections(call_, client);
    if (name == "ips import list") return import_list(call_, client);
    if (name == "ips add") return add_addresses(call_, client);
    if (const auto evidence = run_evidence(call_, client)) return *evidence;
    if (name == "token create") return create_token(call_, client);
    if (name == "token rotate") return rotate_token(call_, client);
    if (name == "token list") return list_tokens(call_, client);
    if (name == "token revoke") return revoke_token(call_, client);
    return show(client);
  }

 private:
  static Result<Configuration> load(const Call& call) {
    auto configuration = load_configuration(call.options.config);
    if (!configuration) return configuration.error();
    Settings& settings = configuration->settings;
    if (call.options.state) settings.store.path = *call.options.state;
    if (call.serve.port) {
      for (Endpoint& endpoint : settings.dns.listen) endpoint.port = *call.serve.port;
    }
    if (call.serve.http_port) {
      for (Endpoint& endpoint : settings.http.listen) endpoint.port = *call.serve.http_port;
    }
    return configuration;
  }

  int check(const Configuration& configuration) {
    if (const auto possible = hooks_.check(configuration.settings); !possible) return failed(possible.error());
    if (const auto usable = check_feed_settings(configuration.settings); !usable) return failed(usable.error());
    if (!call_.options.json) return fmt::print("{}", check_text(configuration)), 0;
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
      const FormatFacts& facts = format->facts();
      if (!call_.options.json)
        fmt::print(".{:<15} {}\n{:17}{}\n", facts.extension, facts.products, "", facts.subscribe);
      list.push_back(format_value(facts));
    }
    if (call_.options.json) fmt::print("{}\n", boost::json::serialize(list));
    return 0;
  }

  int reload(DaemonClient& client) {
    const ApiAnswer answer = client.act("reload");
    if (answer.status >= 400) return refused(answer);
    if (call_.options.json) return fmt::print("{}\n", boost::json::serialize(answer.body)), 0;
    std::string names;
    for (const boost::json::value& name : answer.body.at("changed").as_array())
      names += (names.empty() ? "" : ", ") + std::string(name.as_string());
    fmt::print("{}\n", names.empty() ? "Nothing has changed." : "Changed: " + names + ".");
    return 0;
  }

  int backup(DaemonClient& client) {
    const ApiAnswer answer = client.act("backup");
    if (answer.status >= 400) return refused(answer);
    if (call_.options.json) return fmt::print("{}\n", boost::json::serialize(answer.body)), 0;
    fmt::print("{}\n", std::string_view(answer.body.at("backup").as_string()));
    return 0;
  }

  int feed(DaemonClient& client) {
    const auto family = call_.parameters.find("family");
    const std::string wanted = family == call_.parameters.end() ? "" : family->second;
    const auto number = call_.parameters.find("generation");
    const std::string generation = number == call_.parameters.end() ? "" : number->second;
    if (!wanted.empty() && wanted != "4" && wanted != "6") return wrong_call("--family is 4 or 6");
    const std::string name = !call_.format.empty() ? call_.format : call_.options.json ? "json" : "txt";
    const FeedFormat* format = find_format(name);
    if (!format) return wrong_call("no format \"" + name + "\"; `sinkfeed feed formats` lists them");
    if (call_.options.json && name != "json") return wrong_call("--json is --format json; give one of the two");
    const auto bytes = client.feed(call_.subject, *format, {{"family", wanted}, {"generation", generation}});
    if (!bytes) return failed(bytes.error());
    return std::fwrite(bytes->data(), 1, bytes->size(), stdout) == bytes->size() ? 0 : 1;
  }

  // The daemon may listen elsewhere than the settings say (serve --port): it is asked where.
  int query(DaemonClient& client) {
    std::optional<Endpoint> server = call_.server;
    if (!server) {
      const ApiAnswer status = client.call("status", {});
      if (status.status < 400 && status.body.at("running").as_bool()) {
        const auto listen = Endpoint::parse(std::string(status.body.at("dns").as_array().at(0).as_string()), kDnsPort);
        if (listen) server = *listen;
      }
    }
    return hooks_.query(client.configuration(), call_.subject, call_.type, server, call_.options.json);
  }

  int show(DaemonClient& client) {
    std::string call = call_.command;
    if (call == "feed list") call = "feeds";
    if (call == "feed plan") call = "plan";
    if (call == "feed at") call = "generation-at";
    Parameters parameters = call_.parameters;
    if (call == "feed diff") {
      call = "diff";
      const auto& feeds = client.configuration().feeds;
      if (parameters["feed"].empty() && !feeds.empty()) parameters["feed"] = feeds.front().name;
    }
    const ApiAnswer answer = client.call(call, parameters);
    if (answer.status >= 400) return refused(answer);
    const boost::json::value& body = answer.body;
    if (call_.options.json)
      fmt::print("{}\n", boost::json::serialize(body));
    else if (call == "status")
      fmt::print("{}", status_text(body));
    else if (call == "why")
      fmt::print("{}", why_text(body));
    else if (call == "plan")
      fmt::print("{}", plan_text(body));
    else if (call == "diff")
      fmt::print("{}", diff_text(body));
    else if (call == "generation-at")
      fmt::print("{}\n", body.at("generation").to_number<std::uint64_t>());
    else
      fmt::print("{}", feeds_text(body));
    return body.as_object().contains("damage") ? 1 : 0;
  }

  const Call& call_;
  const Hooks& hooks_;
};

}  // namespace

int execute(const Call& call, const Hooks& hooks) { return Command(call, hooks).run(); }

int failed(const Problem& problem) {
  fmt::print(stderr, "sinkfeed: {}\n", problem.what);
  return 1;
}

int refused(const ApiAnswer& answer) {
  const boost::json::value* detail = answer.body.is_object() ? answer.body.as_object().if_contains("detail") : nullptr;
  fmt::print(stderr, "sinkfeed: {}\n",
             detail && detail->is_string() ? std::string(detail->as_string())
                                           : fmt::format("the daemon answered with status {}", answer.status));
  return answer.status == 400 ? 2 : 1;
}

int wrong_call(const std::string& what) {
  fmt::print(stderr, "sinkfeed: {}\n", what);
  return 2;
}

}  // namespace sinkfeed
