// Reads the settings file, checks every value, and loads the profiles that it names.
#include "config/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/client_subnets.hpp"
#include "config/feed_settings.hpp"
#include "config/http_settings.hpp"
#include "config/resolv_conf.hpp"
#include "config/sink_settings.hpp"
#include "config/toml_file.hpp"

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;
using Empty = TomlSection::Empty;

constexpr auto kSystemResolver = "/etc/resolv.conf";

template <class T>
auto checked(Result<T> result) {
  return result.value();  // of literals in this file only
}

Result<Endpoint> parse_dns_endpoint(std::string_view text) { return Endpoint::parse(text, 53); }

// A free port of its own for each worker and transport would be no address to give to a client.
Result<Endpoint> parse_dns_listener(std::string_view text) {
  auto at = parse_dns_endpoint(text);
  if (at && at->port == 0)
    return Problem{fmt::format("\"{}\" has port 0, where no client can ask; write a port, usually 53", text)};
  return at;
}

Result<Endpoint> parse_server(std::string_view text) {
  auto server = parse_dns_endpoint(text);
  if (!server) return server;
  const auto special = special_purpose(server->address);
  if (server->port == 0)
    return Problem{fmt::format("\"{}\" has port 0, where no server listens; write its port", text)};
  if (server->address.text() == "0.0.0.0" || special == "unspecified" || special == "multicast") {
    return Problem{fmt::format("\"{}\" is no server's address; write the address of a DNS server", text)};
  }
  return server;
}

Result<BlockMode> parse_block_mode(std::string_view text) {
  for (const auto mode :
       {BlockMode::sinkhole, BlockMode::null_ip, BlockMode::nxdomain, BlockMode::nodata, BlockMode::refused}) {
    if (block_mode_name(mode) == text) return mode;
  }
  return Problem{fmt::format("\"{}\" is no block mode; write sinkhole, null_ip, nxdomain, nodata or refused", text)};
}

Result<Aging> parse_aging(std::string_view text) {
  for (const auto aging : {Aging::window, Aging::ttl, Aging::never}) {
    if (aging_name(aging) == text) return aging;
  }
  return Problem{fmt::format("\"{}\" is no way to age; write window, ttl or never", text)};
}

auto parse_family(int family) {
  return [family](std::string_view text) -> Result<IpAddress> {
    auto address = IpAddress::parse(text);
    if (!address || address->family() == family) return address;
    return Problem{fmt::format("\"{}\" is an IPv{} address; write an IPv{} one", text, address->family(), family)};
  };
}

// Reads a duration within limits, in whole `Unit`s.
template <class Unit>
auto duration_between(std::chrono::milliseconds least, std::chrono::milliseconds most, std::string_view range) {
  return [=](std::string_view text) -> Result<Unit> {
    const auto duration = parse_duration(text);
    if (!duration) return duration.error();
    if (*duration < least || *duration > most)
      return Problem{fmt::format("\"{}\" is out of range; write {}", text, range)};
    const auto whole = std::chrono::floor<Unit>(*duration);
    if (whole != *duration) return Problem{fmt::format("\"{}\" is no whole number of seconds; write {}", text, range)};
    return whole;
  };
}

auto size_between(std::uint64_t least, std::uint64_t most, std::string_view range) {
  return [=](std::string_view text) -> Result<std::uint64_t> {
    auto size = parse_size(text);
    if (size && (*size < least || *size > most)) {
      return Problem{fmt::format("\"{}\" is out of range; write {}", text, range)};
    }
    return size;
  };
}

void read_dns(TomlSection section, Settings::Dns& dns) {
  section.read_list("listen", dns.listen, Empty::refused, parse_dns_listener);
  section.read_integer("workers", dns.workers, 0, 64);
  section.read_list("allow", dns.allow, Empty::refused, Network::parse);
  section.read_integer("rate_limit", dns.rate_limit, 0, 10000000);
  section.read_boolean("rebind_protection", dns.rebind_protection);
  section.read_list("rebind_allow", dns.rebind_allow, Empty::allowed, DnsName::parse);
  section.read_list("forward_anyway", dns.forward_anyway, Empty::allowed, DnsName::parse);
}

void read_upstream(TomlSection section, Settings::Upstream& upstream, const std::vector<Endpoint>& listen) {
  section.read_list("servers", upstream.servers, Empty::allowed, parse_server);
  section.read("timeout", upstream.timeout,
               duration_between<std::chrono::milliseconds>(10ms, 60s, "10ms to 60s, like \"2s\""));
  section.read_boolean("trust_ad", upstream.trust_ad);
  for (const auto& server : upstream.servers) {
    if (std::find(listen.begin(), listen.end(), server) == listen.end()) continue;
    section.complain("servers", fmt::format("{} is in dns.listen too, so sinkfeed would ask itself; remove it from one",
                                            server.text()));
  }
}

void read_cache(TomlSection section, Settings::Cache& cache) {
  section.read("size", cache.size, size_between(1ULL << 20, 1ULL << 40, "1MiB to 1TiB, like \"64MiB\""));
  section.read("min_ttl", cache.min_ttl, duration_between<std::chrono::seconds>(0s, 1h, "0s to 1h, like \"5s\""));
  const auto ttl = duration_between<std::chrono::seconds>(1s, 24h * 7, "1s to 7d, like \"1d\"");
  section.read("max_ttl", cache.max_ttl, ttl);
  section.read("max_negative_ttl", cache.max_negative_ttl, ttl);
  section.read("serve_stale", cache.serve_stale,
               duration_between<std::chrono::seconds>(0s, 24h * 7, "0s (never) to 7d, like \"1d\""));
  if (cache.min_ttl > cache.max_ttl) {
    section.complain("min_ttl", fmt::format("{} s is longer than cache.max_ttl, {} s; swap them or change one",
                                            cache.min_ttl.count(), cache.max_ttl.count()));
  }
}

void read_block(TomlSection section, Settings::Block& block, const std::filesystem::path& file) {
  section.read_list("profiles", block.profiles, Empty::refused, [](std::string_view text) -> Result<std::string> {
    if (text.empty() || text.find_first_of("/.") != std::string_view::npos) {
      return Problem{
          fmt::format("\"{}\" is no profile's name; write the name of a file in block.profiles_path without "
                      "folder and .toml, like \"google-talk\"",
                      text)};
    }
    return Result<std::string>{boost::system::in_place_value, text};
  });
  section.read_path("profiles_path", block.profiles_path, file);
  section.read_list("tiers", block.tiers, Empty::refused, parse_tier);
  section.read("mode", block.mode, parse_block_mode);
  section.read("ipv4", block.ipv4, parse_family(4));
  section.read("ipv6", block.ipv6, parse_family(6));
  section.read("ttl", block.ttl, duration_between<std::chrono::seconds>(0s, 24h, "0s to 1d, like \"60s\""));
}

Result<HistoryPrivacy> parse_privacy(std::string_view text) {
  for (const auto privacy : {HistoryPrivacy::full, HistoryPrivacy::hash_client, HistoryPrivacy::drop_client}) {
    if (text == history_privacy_name(privacy)) return privacy;
  }
  return Problem{fmt::format("\"{}\" is none of full, hash_client, drop_client", text)};
}

void read_history(TomlSection section, Settings::History& history, const std::filesystem::path& file) {
  section.read("retention", history.retention,
               duration_between<std::chrono::seconds>(1s, 24h * 36500, "1s to 36500d, like \"90d\""));
  section.read("max_size", history.max_size, size_between(1ULL << 20, 1ULL << 50, "1MiB to 1024TiB, like \"20GiB\""));
  read_sinks(section, history.sinks, file);
  section.read("privacy", history.privacy, parse_privacy);
  section.read_list("checkpoints", history.checkpoints, Empty::allowed, CheckpointTarget::parse);
}

// A list of prefixes, or the path of a file with them.
void read_subnets(TomlSection& section, std::vector<Network>& subnets, const std::filesystem::path& file) {
  const auto* node = section.find("subnets");
  if (node == nullptr || !node->is_string()) {
    if (section.read_list("subnets", subnets, Empty::allowed, parse_client_subnet) &&
        subnets.size() > kMaxClientSubnets) {
      section.complain("subnets",
                       fmt::format("has {} client subnets; {} is the most", subnets.size(), kMaxClientSubnets));
    }
    return;
  }
  std::filesystem::path path;
  section.read_path("subnets", path, file);
  auto read = read_client_subnets(path);
  if (!read) return section.complain("subnets", read.error().what);
  subnets = std::move(*read);
}

void read_sweep(TomlSection section, Settings::Sweep& sweep, const std::filesystem::path& file) {
  const auto interval = duration_between<std::chrono::seconds>(1s, 24h * 7, "1s to 7d, like \"30s\"");
  section.read("min_interval", sweep.min_interval, interval);
  section.read("max_interval", sweep.max_interval, interval);
  section.read_integer("rate", sweep.rate, 1, 10000);
  read_subnets(section, sweep.subnets, file);
  if (sweep.min_interval > sweep.max_interval) {
    section.complain("min_interval",
                     fmt::format("{} s is longer than sweep.max_interval, {} s; swap them or change one",
                                 sweep.min_interval.count(), sweep.max_interval.count()));
  }
}

void read_ledger(TomlSection section, Settings::Ledger& ledger) {
  section.read("aging", ledger.aging, parse_aging);
  const auto age = duration_between<std::chrono::seconds>(1h, 24h * 3650, "1h to 3650d, like \"30d\"");
  section.read("window", ledger.window, age);
  section.read_integer("max_new_per_hour", ledger.max_new_per_hour, 0, 1000000);
  section.read_integer("shared_names", ledger.shared_names, 1, 64);
  section.read_integer("shared_clients", ledger.shared_clients, 1, 16);
  section.read_integer("shared_queries", ledger.shared_queries, 1, 1000000);
  section.read("names_age", ledger.names_age, age);
  section.read("names_size", ledger.names_size, size_between(1ULL << 20, 1ULL << 40, "1MiB to 1TiB, like \"1GiB\""));
}

struct SettingsFile {
  Settings settings;
  std::vector<std::string> profile_places;  // where each profile is named
};

Result<SettingsFile> read_settings(const std::filesystem::path& file) {
  auto toml = TomlFile::read(file);
  if (!toml) return toml.error();
  SettingsFile read;
  auto& settings = read.settings;
  settings.file = file;
  auto root = toml->root();
  read_dns(root.section("dns"), settings.dns);
  read_upstream(root.section("upstream"), settings.upstream, settings.dns.listen);
  read_cache(root.section("cache"), settings.cache);
  auto block = root.section("block");
  read_block(block, settings.block, file);
  auto store = root.section("store");
  store.read_path("path", settings.store.path, file);
  read_history(root.section("history"), settings.history, file);
  read_http(root.section("http"), settings.http, file);
  read_sweep(root.section("sweep"), settings.sweep, file);
  read_ledger(root.section("ledger"), settings.ledger);
  read_feed(root.section("feed"), settings.feed, settings.block.profiles);
  if (auto problem = toml->problem()) return *problem;

  const auto* profiles = block.find_list("profiles", Empty::allowed);
  for (std::size_t i = 0; i < settings.block.profiles.size(); ++i) {
    read.profile_places.push_back(
        toml->place(profiles == nullptr ? toml::source_region{} : profiles->get(i)->source()));
  }
  if (settings.upstream.servers.empty()) {
    auto servers = read_resolv_conf(kSystemResolver);
    if (!servers || servers->empty()) {
      return Problem{
          fmt::format("{}: upstream.servers is empty and {} names no DNS server; set upstream.servers, like "
                      "servers = [\"192.0.2.53\"]",
                      file.string(), kSystemResolver)};
    }
    settings.upstream.servers = std::move(*servers);
  }
  return read;
}

// The profiles in a folder, for a person: "google-talk, example", or "none".
std::string profiles_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry{folder, error}, end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".toml") names.push_back(entry->path().stem().string());
  }
  if (error) return fmt::format("that folder cannot be read ({}), see block.profiles_path", error.message());
  if (names.empty()) return "that folder holds no profile, see block.profiles_path";
  std::sort(names.begin(), names.end());
  return fmt::format("that folder holds {}", fmt::join(names, ", "));
}

}  // namespace

namespace defaults {

std::vector<Endpoint> dns_listen() {
  return {checked(parse_dns_endpoint("0.0.0.0")), checked(parse_dns_endpoint("::"))};
}
std::vector<Endpoint> http_listen() { return {checked(Endpoint::parse("0.0.0.0", 8053))}; }

std::vector<Network> http_clients() {
  std::vector<Network> networks;
  for (const auto* text : {"127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"}) {
    networks.push_back(checked(Network::parse(text)));
  }
  return networks;
}

std::vector<Network> dns_clients() {
  auto networks = http_clients();
  networks.push_back(checked(Network::parse("fe80::/10")));
  return networks;
}

IpAddress sinkhole_ipv4() { return checked(IpAddress::parse("192.0.2.1")); }
IpAddress sinkhole_ipv6() { return checked(IpAddress::parse("2001:db8::1")); }

}  // namespace defaults

Result<Settings> load_settings(const std::filesystem::path& file) {
  auto read = read_settings(file);
  if (!read) return read.error();
  return std::move(read->settings);
}

Result<Configuration> load_configuration(const std::filesystem::path& file) {
  auto read = read_settings(file);
  if (!read) return read.error();
  const auto& block = read->settings.block;
  std::vector<Profile> profiles;
  for (std::size_t i = 0; i < block.profiles.size(); ++i) {
    const auto path = block.profiles_path / (block.profiles[i] + ".toml");
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
      return Problem{fmt::format("{}: no profile \"{}\": {} does not exist; {}", read->profile_places[i],
                                 block.profiles[i], path.string(), profiles_in(block.profiles_path))};
    }
    auto profile = load_profile(path);
    if (!profile) return profile.error();
    profiles.push_back(std::move(*profile));
  }
  auto catalogue = std::make_shared<const Catalogue>(std::move(profiles), block.tiers, read->settings.feed.protect);
  auto feeds = with_feeds_of_profiles(read->settings.feed.list, catalogue->profiles());
  return Configuration{std::move(read->settings), std::move(catalogue), std::move(feeds)};
}

std::vector<std::string> differences(const Configuration& before, const Configuration& after) {
  std::vector<std::string> names;
  const auto compare = [&](const char* name, const auto& old, const auto& now) {
    if (!(old == now)) names.emplace_back(name);
  };
  const Settings &old = before.settings, &now = after.settings;
  compare("dns", old.dns, now.dns);
  compare("upstream", old.upstream, now.upstream);
  compare("cache", old.cache, now.cache);
  compare("block", old.block, now.block);
  compare("store", old.store, now.store);
  compare("history", old.history, now.history);
  compare("http", old.http, now.http);
  compare("sweep", old.sweep, now.sweep);
  compare("ledger", old.ledger, now.ledger);
  compare("feed", old.feed, now.feed);
  for (const Profile& profile : after.catalogue->profiles()) {
    const Profile* was = before.catalogue->find_profile(profile.name);
    if (!was || *was != profile) names.push_back("profile " + profile.name);
  }
  for (const Profile& profile : before.catalogue->profiles()) {
    if (!after.catalogue->find_profile(profile.name)) names.push_back("profile " + profile.name);
  }
  return names;
}

}  // namespace sinkfeed
