#include "feed/commands/agent.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "config/feed_definition.hpp"
#include "config/settings.hpp"
#include "feed/agent/agent.hpp"
#include "feed/commands/execute.hpp"
#include "feed/commands/ips_options.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kLongestSet = 40, kLongestTable = 31;
constexpr const char* kState = "/var/lib/sinkfeed-agent";

constexpr const char* kNftables =
    R"(Keeps nftables on this machine as a feed is: what is published there is in force
here within a second. Runs in the foreground until SIGTERM or Ctrl-C, as a
service of systemd (scripts/sinkfeed-agent.service) or by hand.

It makes what /feed/NAME.nft makes, in the table inet sinkfeed: the sets
v4_NAME, v6_NAME and ports_NAME (- becomes _), and chains in forward and output
that reject TCP to these addresses on these ports. With --sets-only there are no
chains, and a rule of yours uses the sets:

  ip daddr @v4_google_talk tcp dport @ports_google_talk reject with tcp reset

Each change is one transaction. A list that is empty, cut short, of another
digest than the server says, or that holds private or enormous networks changes
nothing. What was last good stays in force while the server is away, and is
loaded from --state when this machine starts without it. Sets, ports and rules
are read back after each change and every --check, and mended if they differ.
When the agent ends they stay; nft delete table inet sinkfeed removes them.

Needs root or CAP_NET_ADMIN. Ends with 0 when it is stopped, 1 if it cannot
begin (or, with --once, if the sets are not as the feed is), 2 if the call was
wrong.)";

constexpr const char* kIpset =
    R"(Keeps ipset on this machine as a feed is: what is published there is in the sets
here within a second. Runs in the foreground until SIGTERM or Ctrl-C, as a
service of systemd (scripts/sinkfeed-agent.service) or by hand.

It makes what /feed/NAME.ipset makes, the sets sf4-NAME and sf6-NAME, and no
rule: load /feed/NAME.iptables and .ip6tables once, or write rules of your own:

  iptables -I FORWARD -p tcp -m multiport --dports 80,443,5222,5223 \
    -m set --match-set sf4-google-talk dst -j REJECT --reject-with tcp-reset

A whole list is filled aside and swapped in; a change is made address by
address. A list that is empty, cut short, of another digest than the server
says, or that holds private or enormous networks changes nothing. What was last
good stays in force while the server is away, and is loaded from --state when
this machine starts without it. Sets are read back after each change and every
--check, and mended if they differ. When the agent ends they stay.

Needs root or CAP_NET_ADMIN. Ends with 0 when it is stopped, 1 if it cannot
begin (or, with --once, if the sets are not as the feed is), 2 if the call was
wrong.)";

void add_options(CLI::App& command, AgentOptions& options) {
  command.add_option("--url", options.url, "the feed: http://SERVER:8053/feed/NAME, or https")
      ->required()
      ->option_text("URL");
  command.add_option("--family", options.family, "4 or 6: only these addresses (default both)")->option_text("N");
  command.add_option("--set", options.set, "stands in the names of the sets instead of the feed's name")
      ->option_text("NAME");
  command.add_option("--token-file", options.token_file, "whose first line is the token; read for each request")
      ->option_text("FILE");
  command.add_option("--token", options.token, "the token, which ps then shows (default $SINKFEED_TOKEN)")
      ->option_text("TOKEN");
  command.add_option("--ca", options.ca, "who vouches for an https server, in PEM (default the system's)")
      ->option_text("FILE");
  command.add_option("--cert", options.certificate, "our certificate, if the server wants one; with --key")
      ->option_text("FILE");
  command.add_option("--key", options.key, "the key of --cert")->option_text("FILE");
  command.add_option("--check", options.check, "how often the sets are read back (default 5m)")->option_text("TIME");
  command.add_flag("--once", options.once, "brings the sets up to date, checks them and ends");
}

bool is_table_name(const std::string& name) {
  return !name.empty() && name.size() <= kLongestTable && std::isalpha(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return c < 0x80 && (std::isalnum(c) || c == '_'); });
}

// In the order of the options: what is wrong with them, or nothing.
Result<AgentSettings> read_options(const Call& call) {
  const AgentOptions& options = call.agent;
  AgentSettings settings;
  auto url = parse_feed_url(options.url);
  if (!url) return url.error();
  settings.url = std::move(*url);
  if (!options.family.empty()) {
    if (options.family != "4" && options.family != "6") return Problem{"--family is 4 or 6"};
    settings.family = options.family == "4" ? 4 : 6;
  }
  if (!options.set.empty() && !is_feed_name(options.set, kLongestSet))
    return Problem{"--set is a name of a-z, 0-9 and -, of at most 40 characters"};
  if (!is_table_name(options.table))
    return Problem{"--table is a name of letters, digits and _, of at most 31 characters"};
  if (!options.token.empty() && !options.token_file.empty())
    return Problem{"--token and --token-file are two ways to say the same: give one"};
  if (options.certificate.empty() != options.key.empty()) return Problem{"--cert and --key go together"};
  if (!settings.url.is_https && !(options.ca.empty() && options.certificate.empty()))
    return Problem{"--ca and --cert are for an https URL"};
  const char* token = std::getenv("SINKFEED_TOKEN");
  settings.access.token = options.token;
  if (options.token.empty() && options.token_file.empty() && token) settings.access.token = token;
  settings.access.token_file = options.token_file;
  settings.access.ca = options.ca;
  settings.access.certificate = options.certificate;
  settings.access.key = options.key;
  const auto check = parse_duration(options.check);
  if (!check) return Problem{"--check: " + check.error().what};
  if (*check < std::chrono::seconds(1)) return Problem{"--check is at least 1s"};
  settings.check = *check;
  const char* state = std::getenv("STATE_DIRECTORY");  // of a service of systemd
  settings.state = call.options.state.value_or(state ? state : kState);
  settings.once = options.once;
  return settings;
}

}  // namespace

void add_agent(CLI::App& agent, Call& call) {
  agent.require_subcommand(1);
  CLI::App* nftables = add_command(agent, "nftables", kNftables);
  add_options(*nftables, call.agent);
  nftables->add_option("--table", call.agent.table, "the table of the family inet (default sinkfeed)")
      ->option_text("NAME");
  nftables->add_flag("--sets-only", call.agent.sets_only, "no chains: rules of yours use the sets");
  add_options(*add_command(agent, "ipset", kIpset), call.agent);
}

int run_agent(const Call& call) {
  if (call.options.json) return wrong_call("the agent has no answer for --json; its log goes to standard error");
  const auto settings = read_options(call);
  if (!settings) return wrong_call(settings.error().what);
  const auto sets = call.command == "agent nftables"
                        ? make_nft_sets({call.agent.table, call.agent.set, call.agent.sets_only})
                        : make_ipset_sets(call.agent.set);
  const auto done = run_agent(*settings, *sets);
  return done ? 0 : failed(done.error());
}

}  // namespace sinkfeed
