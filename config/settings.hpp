// The settings as typed values, read from one TOML file. The daemon never writes that file.
// Durations and sizes carry units; an unknown key is an error with its place and the nearest key.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "config/address.hpp"
#include "config/catalogue.hpp"
#include "config/checkpoint_target.hpp"
#include "config/dns_name.hpp"
#include "config/feed_definition.hpp"
#include "config/result.hpp"
#include "config/sink_settings.hpp"

namespace sinkfeed {

enum class BlockMode : std::uint8_t { sinkhole, null_ip, nxdomain, nodata, refused };
std::string_view block_mode_name(BlockMode mode);

enum class Aging : std::uint8_t { window, ttl, never };
std::string_view aging_name(Aging aging);

// Who may fetch feeds, of the clients in http.allow: all, or who shows a token.
enum class FeedAccess : std::uint8_t { networks, token };
std::string_view feed_access_name(FeedAccess access);

// Whether clients show a certificate over TLS.
// What the history keeps of clients' addresses: all, a keyed hash, nothing.
enum class HistoryPrivacy : std::uint8_t { full, hash_client, drop_client };
std::string_view history_privacy_name(HistoryPrivacy privacy);

enum class ClientCertificates : std::uint8_t { none, optional, required };
std::string_view client_certificates_name(ClientCertificates wanted);

// The defaults that need more than a literal.
namespace defaults {
std::vector<Endpoint> dns_listen();   // 0.0.0.0:53 and [::]:53
std::vector<Endpoint> http_listen();  // 0.0.0.0:8053
std::vector<Network> dns_clients();   // loopback, private, unique-local and link-local networks
std::vector<Network> http_clients();  // the same without link-local
IpAddress sinkhole_ipv4();            // 192.0.2.1
IpAddress sinkhole_ipv6();            // 2001:db8::1
}  // namespace defaults

// Every member's initial value is its default.
struct Settings {
  struct Dns {
    std::vector<Endpoint> listen = defaults::dns_listen();  // UDP and TCP
    int workers = 0;                                        // 0: one a core; at most 64
    std::vector<Network> allow = defaults::dns_clients();   // clients outside are REFUSED
    int rate_limit = 1000;  // queries a second of a client address, beyond which it must come over TCP; 0: no limit
    bool rebind_protection = false;       // private addresses in answers are removed
    std::vector<DnsName> rebind_allow;    // but not in answers to these names and those below
    std::vector<DnsName> forward_anyway;  // asked upstream, with all below, though they would be answered here
    bool operator==(const Dns&) const = default;
  } dns;
  struct Upstream {
    std::vector<Endpoint> servers;  // empty in the file: those of /etc/resolv.conf, filled in by the loader
    std::chrono::milliseconds timeout{2000};
    bool trust_ad = false;  // pass on that they have validated an answer (RFC 6840)
    bool operator==(const Upstream&) const = default;
  } upstream;
  struct Cache {
    std::uint64_t size = 64 << 20;  // bytes
    std::chrono::seconds min_ttl{0}, max_ttl{86400}, max_negative_ttl{3600};
    std::chrono::seconds serve_stale{86400};  // after its TTL, while upstream does not answer; 0: never
    bool operator==(const Cache&) const = default;
  } cache;
  struct Block {
    std::vector<std::string> profiles{"google-talk"};
    std::filesystem::path profiles_path = "profiles";  // made absolute by the loader (relative to the settings file)
    std::vector<Tier> tiers{Tier::core, Tier::web};
    BlockMode mode = BlockMode::sinkhole;
    IpAddress ipv4 = defaults::sinkhole_ipv4();
    IpAddress ipv6 = defaults::sinkhole_ipv6();
    std::chrono::seconds ttl{60};
    bool operator==(const Block&) const = default;
  } block;
  struct Store {
    std::filesystem::path path = "/var/lib/sinkfeed";  // made absolute by the loader (relative to the settings file)
    bool operator==(const Store&) const = default;
  } store;
  struct History {
    std::chrono::seconds retention = std::chrono::hours{24} * 90;
    std::uint64_t max_size = 20ull << 30;  // bytes
    std::vector<SinkSettings> sinks;       // who is told of each query as it is answered
    HistoryPrivacy privacy = HistoryPrivacy::full;
    std::vector<CheckpointTarget> checkpoints;
    bool operator==(const History&) const = default;
  } history;
  struct Http {
    std::vector<Endpoint> listen = defaults::http_listen();
    std::vector<Network> allow = defaults::http_clients();  // who may fetch feeds
    FeedAccess feed_access = FeedAccess::networks;
    struct Tls {
      std::vector<Endpoint> listen;  // none: no TLS
      // Files, PEM. Made absolute by the loader (relative to the settings file); read by feed/certificate.hpp.
      std::filesystem::path certificate = "tls/certificate.pem", key = "tls/key.pem", client_ca = "tls/clients.pem";
      ClientCertificates client_certificates = ClientCertificates::none;  // client_ca counts if it is another
      bool operator==(const Tls&) const = default;
    } tls;
    bool operator==(const Http&) const = default;
  } http;
  struct Sweep {
    std::chrono::seconds min_interval{30};
    std::chrono::seconds max_interval{3600};
    int rate = 50;  // questions a second, at most
    std::vector<Network>
        subnets;  // clients' networks to ask for (RFC 7871), /24 and /56 at the longest; none: no option
    bool operator==(const Sweep&) const = default;
  } sweep;
  struct Ledger {
    Aging aging = Aging::window;
    std::chrono::seconds window = std::chrono::hours{24} * 30;
    int max_new_per_hour = 250;  // addresses of one target, beyond which they are held; 0: no limit
    // An address is shared if so many other names, clients and queries need it.
    int shared_names = 1, shared_clients = 1, shared_queries = 1;
    std::chrono::seconds names_age = std::chrono::hours{24} * 90;  // of what other names resolve to
    std::uint64_t names_size = 1ull << 30;                         // bytes on disk
    bool operator==(const Ledger&) const = default;
  } ledger;
  struct Feed {
    std::vector<Network> never_block;
    std::vector<DnsName> protect;  // with all below
    // Beyond which changes within an hour wait for a person (store/feed_gate.hpp); 0: no limit.
    int max_shrink = 50;                                          // percent of a profile's addresses
    int max_growth = 10'000;                                      // addresses of a profile
    std::chrono::seconds max_stale = std::chrono::hours{24} * 7;  // a store that cannot be written; 0: no limit
    std::vector<FeedDefinition> list;
    bool operator==(const Feed&) const = default;
  } feed;

  std::filesystem::path file;  // where they were read
  bool operator==(const Settings&) const = default;
};

// Settings and the profiles they name, checked together.
struct Configuration {
  Settings settings;
  std::shared_ptr<const Catalogue> catalogue;
  std::vector<FeedDefinition> feeds{};  // all there are: those of the settings and those of the profiles
};

// A Problem starts with file:line:column where there is one.
Result<Settings> load_settings(const std::filesystem::path& file);
Result<Configuration> load_configuration(const std::filesystem::path& file);

// The sections of the settings that differ, and the profiles: "dns", "profile google-talk".
std::vector<std::string> differences(const Configuration& before, const Configuration& after);

// "90s", "15m", "12h", "90d", "250ms".  "64MiB", "20GiB", "512KiB", "100B".
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
Result<std::uint64_t> parse_size(std::string_view text);

}  // namespace sinkfeed
