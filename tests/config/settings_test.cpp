// The settings file: what is read from it, and the sentence that each mistake gets.
#include "config/settings.hpp"

#include <gtest/gtest.h>

#include "config/resolv_conf.hpp"
#include "tests/config/files.hpp"

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kProfile = R"(title = "Sample"
ports = [5222]
name = [{ name = "chat.example", match = "suffix", tier = "core", role = "login" },
        { name = "relay.chat.example", match = "exact", tier = "media", role = "relay" }]
)";

// A server is named, so that the tests do not depend on the machine's resolv.conf.
constexpr std::string_view kServer = "upstream.servers = [\"192.0.2.53\"]\n";

Settings read(const std::string& text) {
  const Folder folder;
  return load_settings(folder.write("s.toml", std::string{kServer} + text)).value();
}

// What load_settings says of `text`, without the folder.
std::string mistake(const std::string& text) {
  const Folder folder;
  const auto file = folder.write("s.toml", text);
  const auto settings = load_settings(file);
  if (settings) return "no mistake";
  const auto start = folder.path().string() + "/";
  EXPECT_EQ(settings.error().what.rfind(start, 0), 0U) << settings.error().what;
  return settings.error().what.substr(start.size());
}

TEST(Settings, ReadsEveryKey) {
  const Folder folder;
  const auto file = folder.write("s.toml", R"(
[dns]
listen = ["127.0.0.1:5300", "[::1]"]
workers = 3
allow = ["0.0.0.0/0"]
rate_limit = 7
rebind_protection = true
rebind_allow = ["corp.example"]
forward_anyway = ["corp.local", "10.in-addr.arpa"]
[upstream]
servers = ["192.0.2.53:5353", "2001:db8::53"]
timeout = "250ms"
trust_ad = true
[cache]
size = "1GiB"
min_ttl = "5s"
max_ttl = "2d"
max_negative_ttl = "10m"
serve_stale = "0s"
[block]
profiles = ["sample", "other"]
profiles_path = "/etc/profiles"
tiers = ["media"]
mode = "nxdomain"
ipv4 = "198.51.100.1"
ipv6 = "::1"
ttl = "0s"
[store]
path = "var"
[history]
retention = "7d"
max_size = "512MiB"
privacy = "hash_client"
checkpoints = ["file:/tmp/checkpoints", "syslog:udp://192.0.2.9"]
[http]
listen = ["127.0.0.1:0"]
allow = ["::1"]
feed_access = "token"
[http.tls]
listen = ["0.0.0.0"]
certificate = "/etc/tls/chain.pem"
key = "keys/key.pem"
client_ca = "ca.pem"
client_certificates = "optional"
[sweep]
min_interval = "1m"
max_interval = "2h"
rate = 7
subnets = ["198.51.100.0/24", "2001:db8:1::/48"]
[ledger]
aging = "ttl"
window = "10d"
max_new_per_hour = 0
shared_names = 2
shared_clients = 3
shared_queries = 4
names_age = "20d"
names_size = "16MiB"
[feed]
protect = ["mail.google.com"]
never_block = ["198.51.100.0/24", "2001:db8:1::/48"]
)");
  const auto settings = load_settings(file).value();
  Settings expected;
  expected.dns.listen = {Endpoint::parse("127.0.0.1:5300", 1).value(), Endpoint::parse("[::1]:53", 1).value()};
  expected.dns.workers = 3;
  expected.dns.allow = {Network::parse("0.0.0.0/0").value()};
  expected.dns.rate_limit = 7;
  expected.dns.rebind_protection = true;
  expected.dns.rebind_allow = {DnsName::parse("corp.example").value()};
  expected.dns.forward_anyway = {DnsName::parse("corp.local").value(), DnsName::parse("10.in-addr.arpa").value()};
  expected.upstream.servers = {Endpoint::parse("192.0.2.53:5353", 1).value(),
                               Endpoint::parse("[2001:db8::53]:53", 1).value()};
  expected.upstream.timeout = 250ms;
  expected.upstream.trust_ad = true;
  expected.cache.size = 1ULL << 30;
  expected.cache.min_ttl = 5s;
  expected.cache.max_ttl = 48h;
  expected.cache.max_negative_ttl = 10min;
  expected.cache.serve_stale = 0s;
  expected.block.profiles = {"sample", "other"};
  expected.block.profiles_path = "/etc/profiles";
  expected.block.tiers = {Tier::media};
  expected.block.mode = BlockMode::nxdomain;
  expected.block.ipv4 = IpAddress::parse("198.51.100.1").value();
  expected.block.ipv6 = IpAddress::parse("::1").value();
  expected.block.ttl = 0s;
  expected.store.path = folder.path() / "var";
  expected.history.retention = 24h * 7;
  expected.history.max_size = 512ULL << 20;
  expected.history.privacy = HistoryPrivacy::hash_client;
  expected.history.checkpoints = {CheckpointTarget::parse("file:/tmp/checkpoints").value(),
                                  CheckpointTarget::parse("syslog:udp://192.0.2.9").value()};
  expected.http.listen = {Endpoint::parse("127.0.0.1:0", 1).value()};
  expected.http.allow = {Network::parse("::1/128").value()};
  expected.http.feed_access = FeedAccess::token;
  expected.http.tls.listen = {Endpoint::parse("0.0.0.0:8443", 1).value()};
  expected.http.tls.certificate = "/etc/tls/chain.pem";
  expected.http.tls.key = folder.path() / "keys/key.pem";
  expected.http.tls.client_ca = folder.path() / "ca.pem";
  expected.http.tls.client_certificates = ClientCertificates::optional;
  expected.sweep.min_interval = 60s;
  expected.sweep.max_interval = 2h;
  expected.sweep.rate = 7;
  expected.sweep.subnets = {Network::parse("198.51.100.0/24").value(), Network::parse("2001:db8:1::/48").value()};
  expected.ledger.aging = Aging::ttl;
  expected.ledger.window = 24h * 10;
  expected.ledger.max_new_per_hour = 0;
  expected.ledger.shared_names = 2;
  expected.ledger.shared_clients = 3;
  expected.ledger.shared_queries = 4;
  expected.ledger.names_age = 24h * 20;
  expected.ledger.names_size = 16ULL << 20;
  expected.feed.protect = {DnsName::parse("mail.google.com").value()};
  expected.feed.never_block = {Network::parse("198.51.100.0/24").value(), Network::parse("2001:db8:1::/48").value()};
  expected.file = file;
  EXPECT_EQ(settings, expected);
}

TEST(Settings, NamesTheNearestKeyOfAnUnknownOne) {
  EXPECT_EQ(mistake("[dns]\nlisen = []\n"), "s.toml:2:1: unknown key dns.lisen; did you mean dns.listen?");
  EXPECT_EQ(mistake("[dns]\n  worker = 2\n"), "s.toml:2:3: unknown key dns.worker; did you mean dns.workers?");
  EXPECT_EQ(mistake("[dnss]\n"), "s.toml:1:2: unknown key dnss; did you mean dns?");
  EXPECT_EQ(mistake("workers = 2\n"), "s.toml:1:1: unknown key workers; did you mean dns.workers?");
  EXPECT_EQ(mistake("[dns]\nttl = \"60s\"\n"), "s.toml:2:1: unknown key dns.ttl; did you mean block.ttl?");
  EXPECT_EQ(mistake("[cache]\nquantity = 1\n"),
            "s.toml:2:1: unknown key cache.quantity; the keys here are size, min_ttl, max_ttl, max_negative_ttl, "
            "serve_stale");
  EXPECT_EQ(mistake("colour = 1\n"),
            "s.toml:1:1: unknown key colour; the keys here are dns, upstream, cache, block, store, history, http, "
            "sweep, ledger, feed");
}

TEST(Settings, RefusesKeysOfFeaturesThatAreNotThere) {
  EXPECT_EQ(mistake("[history]\nspeed = 1\n"),
            "s.toml:2:1: unknown key history.speed; the keys here are retention, max_size, sink, privacy, checkpoints");
}

TEST(Settings, KnowsHowPrivateTheHistoryIsAndWhereItsCheckpointsGo) {
  EXPECT_EQ(mistake("[history]\nprivacy = \"none\"\n"),
            "s.toml:2:11: history.privacy: \"none\" is none of full, hash_client, drop_client");
  EXPECT_EQ(
      mistake("[history]\ncheckpoints = [\"file:here\"]\n"),
      "s.toml:2:16: history.checkpoints: \"file:here\" names no file: after file: comes a path that begins with /");
}

TEST(Settings, SaysWhereAValueHasTheWrongType) {
  EXPECT_EQ(mistake("dns = 3\n"), "s.toml:1:7: dns: must be a table, written [dns], not a whole number");
  EXPECT_EQ(mistake("dns.listen = \"0.0.0.0\"\n"),
            "s.toml:1:14: dns.listen: must be a list in square brackets, not a string");
  EXPECT_EQ(mistake("dns.listen = [53]\n"), "s.toml:1:15: dns.listen: must be a string in quotes, not a whole number");
  EXPECT_EQ(mistake("dns.workers = \"4\"\n"),
            "s.toml:1:15: dns.workers: must be a whole number from 0 to 64, not a string");
  EXPECT_EQ(mistake("dns.workers = 1.5\n"),
            "s.toml:1:15: dns.workers: must be a whole number from 0 to 64, not a number with a fraction");
  EXPECT_EQ(mistake("block.ttl = 60\n"), "s.toml:1:13: block.ttl: must be a string in quotes, not a whole number");
  EXPECT_EQ(mistake("block.mode = true\n"), "s.toml:1:14: block.mode: must be a string in quotes, not true or false");
  EXPECT_EQ(mistake("store.path = \"\"\n"), "s.toml:1:14: store.path: must not be empty");
}

TEST(Settings, SaysWhereAnAddressIsWrong) {
  EXPECT_EQ(mistake("dns.listen = [\n \"0.0.0.0:53\",\n \"0.0.0.300:53\",\n]\n"),
            "s.toml:3:2: dns.listen: \"0.0.0.300:53\" is not an address with a port; write it like 192.0.2.53:53 or "
            "[2001:db8::53]:53, the port 0 to 65535");
  EXPECT_EQ(mistake("dns.allow = [\"10.0.0.1/8\"]\n"),
            "s.toml:1:14: dns.allow: \"10.0.0.1/8\" has bits set after its prefix; write 10.0.0.0/8 for the network or "
            "10.0.0.1 for the one address");
  EXPECT_EQ(mistake("block.ipv4 = \"::1\"\n"),
            "s.toml:1:14: block.ipv4: \"::1\" is an IPv6 address; write an IPv4 one");
  EXPECT_EQ(mistake("block.ipv6 = \"192.0.2.1\"\n"),
            "s.toml:1:14: block.ipv6: \"192.0.2.1\" is an IPv4 address; write an IPv6 one");
  EXPECT_EQ(mistake("block.ipv4 = \"sink\"\n"),
            "s.toml:1:14: block.ipv4: \"sink\" is not an IP address; write it like 192.0.2.1 or 2001:db8::1");
  EXPECT_EQ(mistake("upstream.servers = [\"192.0.2.53:0\"]\n"),
            "s.toml:1:21: upstream.servers: \"192.0.2.53:0\" has port 0, where no server listens; write its port");
  EXPECT_EQ(mistake("dns.listen = [\"127.0.0.1:0\"]\n"),
            "s.toml:1:15: dns.listen: \"127.0.0.1:0\" has port 0, where no client can ask; write a port, usually 53");
  for (const std::string server : {"0.0.0.0", "::", "224.0.0.251", "ff02::fb"}) {
    EXPECT_EQ(
        mistake("upstream.servers = [\"" + server + "\"]\n"),
        "s.toml:1:21: upstream.servers: \"" + server + "\" is no server's address; write the address of a DNS server");
  }
}

TEST(Settings, RefusesToAskItself) {
  EXPECT_EQ(
      mistake("dns.listen = [\"127.0.0.1:53\"]\nupstream.servers = [\"127.0.0.1\"]\n"),
      "s.toml:2:20: upstream.servers: 127.0.0.1:53 is in dns.listen too, so sinkfeed would ask itself; remove it from "
      "one");
}

TEST(Settings, SaysWhatIsOutOfRange) {
  EXPECT_EQ(mistake("dns.rebind_protection = \"yes\"\n"),
            "s.toml:1:25: dns.rebind_protection: must be true or false, not a string");
  EXPECT_EQ(mistake("cache.min_ttl = \"1h\"\ncache.max_ttl = \"60s\"\n"),
            "s.toml:1:17: cache.min_ttl: 3600 s is longer than cache.max_ttl, 60 s; swap them or change one");
  EXPECT_EQ(mistake("dns.workers = 65\n"), "s.toml:1:15: dns.workers: must be from 0 to 64, not 65");
  EXPECT_EQ(mistake("dns.workers = -1\n"), "s.toml:1:15: dns.workers: must be from 0 to 64, not -1");
  EXPECT_EQ(mistake("sweep.rate = 0\n"), "s.toml:1:14: sweep.rate: must be from 1 to 10000, not 0");
  EXPECT_EQ(mistake("sweep.rate = 4294967297\n"), "s.toml:1:14: sweep.rate: must be from 1 to 10000, not 4294967297");
  EXPECT_EQ(mistake("upstream.timeout = \"0s\"\n"),
            "s.toml:1:20: upstream.timeout: \"0s\" is out of range; write 10ms to 60s, like \"2s\"");
  EXPECT_EQ(
      mistake("upstream.timeout = \"2\"\n"),
      "s.toml:1:20: upstream.timeout: \"2\" is not a duration; write a whole number and one of the units ms, s, m, h, "
      "d, like \"90s\"");
  EXPECT_EQ(mistake("block.ttl = \"1500ms\"\n"),
            "s.toml:1:13: block.ttl: \"1500ms\" is no whole number of seconds; write 0s to 1d, like \"60s\"");
  EXPECT_EQ(mistake("block.ttl = \"2d\"\n"),
            "s.toml:1:13: block.ttl: \"2d\" is out of range; write 0s to 1d, like \"60s\"");
  EXPECT_EQ(mistake("cache.size = \"1KiB\"\n"),
            "s.toml:1:14: cache.size: \"1KiB\" is out of range; write 1MiB to 1TiB, like \"64MiB\"");
  EXPECT_EQ(
      mistake("[sweep]\nmin_interval = \"2h\"\n"),
      "s.toml:2:16: sweep.min_interval: 7200 s is longer than sweep.max_interval, 3600 s; swap them or change one");
}

TEST(Settings, RefusesEmptyAndRepeatingLists) {
  for (const std::string key :
       {"dns.listen", "dns.allow", "block.profiles", "block.tiers", "http.listen", "http.allow"}) {
    EXPECT_EQ(mistake(key + " = []\n"),
              "s.toml:1:" + std::to_string(key.size() + 4) + ": " + key +
                  ": must not be empty; list at least one, or remove the key to get its default");
  }
  EXPECT_EQ(mistake("dns.listen = [\"0.0.0.0\", \"0.0.0.0:53\"]\n"),
            "s.toml:1:26: dns.listen: \"0.0.0.0:53\" is listed twice; remove one");
  EXPECT_EQ(mistake("block.tiers = [\"core\", \"core\"]\n"),
            "s.toml:1:24: block.tiers: \"core\" is listed twice; remove one");
  EXPECT_EQ(read("feed.never_block = []\n").feed.never_block.size(), 0U);
}

TEST(Settings, TlsHasAddressesOfItsOwn) {
  EXPECT_EQ(mistake("[http.tls]\nlisten = [\"0.0.0.0:8053\"]\n"),
            "s.toml:2:10: http.tls.listen: 0.0.0.0:8053 is in http.listen too; give TLS another port");
  EXPECT_EQ(mistake("[http.tls]\ncertificate = \"\"\n"), "s.toml:2:15: http.tls.certificate: must not be empty");
  EXPECT_EQ(mistake("http.tls.client_certificates = \"yes\"\n"),
            "s.toml:1:32: http.tls.client_certificates: \"yes\" is none of the ways to ask for certificates; write "
            "none, optional or required");
  EXPECT_EQ(mistake("http.feed_access = \"all\"\n"),
            "s.toml:1:20: http.feed_access: \"all\" is no way to let clients fetch; write networks or token");
}

TEST(Settings, ListsTheChoicesOfAWrongChoice) {
  EXPECT_EQ(mistake("block.mode = \"drop\"\n"),
            "s.toml:1:14: block.mode: \"drop\" is no block mode; write sinkhole, null_ip, nxdomain, nodata or refused");
  EXPECT_EQ(mistake("block.tiers = [\"voice\"]\n"),
            "s.toml:1:16: block.tiers: \"voice\" is no tier; write core, web, media or successor");
}

TEST(Settings, ReportsTheFirstMistakeOfTheFile) {
  EXPECT_EQ(mistake("[sweep]\nrate = 0\n[dns]\nworkers = 99\n"),
            "s.toml:2:8: sweep.rate: must be from 1 to 10000, not 0");
  EXPECT_EQ(mistake("[zzzzz]\n[dns]\nworkers = 99\n").substr(0, 32), "s.toml:1:2: unknown key zzzzz; t");
}

TEST(Settings, SaysWhereAFileIsNotToml) {
  EXPECT_EQ(mistake("[dns]\nlisten = \n").substr(0, 22), "s.toml:2:10: not TOML:");
  EXPECT_EQ(mistake("[.dns]\n").substr(0, 21), "s.toml:1:2: not TOML:");
  EXPECT_EQ(mistake("[dns]\nworkers = 1\nworkers = 2\n").substr(0, 9), "s.toml:3:");
}

TEST(Settings, SaysWhereAFileIsNotUtf8) {
  EXPECT_EQ(mistake("[dns]\n# \xc3\xbc, f\xfcr\n"), "s.toml:2:7: the byte 0xfc is not UTF-8; save the file as UTF-8");
  for (const std::string wrong : {"\x80", "\xc3", "\xe2\x82", "\xf0\x9f\x98(", "\xff"}) {
    EXPECT_EQ(mistake("# " + wrong).substr(0, 11), "s.toml:1:3:");
  }
  // Overlong, and a surrogate: toml++'s own sentence.
  EXPECT_NE(mistake("# \xc0\xaf\n[dns]\n"), "no mistake");
  EXPECT_NE(mistake("# \xed\xa0\x80\n[dns]\n"), "no mistake");
  EXPECT_EQ(read("# \xe2\x82\xac \xf0\x9f\x98\x80\n").dns.workers, 0);
}

TEST(Settings, SaysWhyAFileCannotBeRead) {
  const Folder folder;
  EXPECT_EQ(load_settings(folder.path() / "absent.toml").error().what,
            folder.path().string() + "/absent.toml: cannot be read: No such file or directory");
  EXPECT_EQ(load_settings(folder.path()).error().what, folder.path().string() + ": is a folder; name a file");
}

TEST(ResolvConf, GivesTheNameserversInOrder) {
  const Folder folder;
  const auto file =
      folder.write("resolv.conf",
                   "# nameserver 192.0.2.1\ndomain example\nnameserver 192.0.2.53\n\tnameserver\t2001:db8::53 \n"
                   "nameserver fe80::1%eth0\nnameserver\nnameserver 192.0.2.53\nnameserver 127.0.0.53 # local");
  const auto servers = read_resolv_conf(file).value();
  ASSERT_EQ(servers.size(), 3U);
  EXPECT_EQ(servers[0].text(), "192.0.2.53:53");
  EXPECT_EQ(servers[1].text(), "[2001:db8::53]:53");
  EXPECT_EQ(servers[2].text(), "127.0.0.53:53");
  EXPECT_TRUE(read_resolv_conf(folder.write("empty", "search example\n")).value().empty());
  EXPECT_EQ(read_resolv_conf(folder.path() / "absent").error().what,
            folder.path().string() + "/absent: cannot be read");
}

TEST(Settings, TakesTheSystemsServersWhenNoneIsNamed) {
  const Folder folder;
  const auto settings = load_settings(folder.write("s.toml", ""));
  const auto system = read_resolv_conf("/etc/resolv.conf");
  if (system && !system->empty()) {
    EXPECT_EQ(settings.value().upstream.servers, *system);
  } else {
    EXPECT_EQ(settings.error().what,
              folder.path().string() +
                  "/s.toml: upstream.servers is empty and /etc/resolv.conf names no DNS server; set "
                  "upstream.servers, like servers = [\"192.0.2.53\"]");
  }
}

TEST(Configuration, HoldsTheProfilesThatTheSettingsName) {
  const Folder folder;
  folder.write("profiles/sample.toml", kProfile);
  const auto file = folder.write("s.toml", std::string{kServer} + "[block]\nprofiles = [\"sample\"]\n");
  const auto configuration = load_configuration(file).value();
  const auto& catalogue = *configuration.catalogue;
  EXPECT_EQ(configuration.settings.block.profiles_path, folder.path() / "profiles");
  ASSERT_EQ(catalogue.profiles().size(), 1U);
  EXPECT_EQ(catalogue.describe(catalogue.find(DnsName::parse("relay.chat.example").value())),
            "sample: suffix chat.example (core)");
}

TEST(Configuration, SaysWhichProfileIsMissingAndWhichAreThere) {
  const Folder folder;
  folder.write("profiles/zulu.toml", kProfile);
  folder.write("profiles/alpha.toml", kProfile);
  folder.write("profiles/readme.txt", "");
  const auto start = folder.path().string();
  const auto file = folder.write("s.toml", std::string{kServer} + "[block]\nprofiles = [\"zulu\",\n  \"yankee\"]\n");
  EXPECT_EQ(load_configuration(file).error().what,
            start + "/s.toml:4:3: no profile \"yankee\": " + start +
                "/profiles/yankee.toml does not exist; that folder holds alpha, zulu");
  const auto defaults = folder.write("d.toml", kServer);
  EXPECT_EQ(load_configuration(defaults).error().what,
            start + "/d.toml: no profile \"google-talk\": " + start +
                "/profiles/google-talk.toml does not exist; that folder holds alpha, zulu");
  const auto nowhere = folder.write("n.toml", std::string{kServer} + "block.profiles_path = \"nowhere\"\n");
  EXPECT_EQ(load_configuration(nowhere).error().what,
            start + "/n.toml: no profile \"google-talk\": " + start +
                "/nowhere/google-talk.toml does not exist; that folder cannot be read (No such file or directory), see "
                "block.profiles_path");
  const auto outside = folder.write("o.toml", std::string{kServer} + "block.profiles = [\"../zulu\"]\n");
  EXPECT_EQ(load_configuration(outside).error().what.substr(start.size(), 60),
            "/o.toml:2:19: block.profiles: \"../zulu\" is no profile's name");
}

TEST(Configuration, PassesOnWhatIsWrongInAProfile) {
  const Folder folder;
  folder.write("profiles/sample.toml", "colour = 1\n" + std::string{kProfile});
  const auto file = folder.write("s.toml", std::string{kServer} + "block.profiles = [\"sample\"]\n");
  EXPECT_EQ(load_configuration(file).error().what.substr(folder.path().string().size(), 45),
            "/profiles/sample.toml:1:1: unknown key colour");
}

// The settings file that is shipped.
const std::filesystem::path kShipped = std::filesystem::path{SINKFEED_SOURCE} / "config/sinkfeed.toml";

TEST(ShippedSettings, AreTheDefaults) {
  const Folder folder;
  // The shipped file as it is, but with a server, for the machine may have no resolv.conf.
  std::ifstream stream{kShipped};
  std::string text{std::istreambuf_iterator<char>{stream}, {}};
  const std::string_view empty = "\nservers = []\n";
  ASSERT_NE(text.find(empty), std::string::npos);
  text.replace(text.find(empty), empty.size(), "\nservers = [\"192.0.2.53\"]\n");
  const auto file = folder.write("sinkfeed.toml", text);
  auto settings = load_settings(file).value();
  EXPECT_EQ(settings.block.profiles_path, folder.path() / "profiles");
  settings.upstream.servers.clear();
  settings.block.profiles_path = "profiles";
  EXPECT_EQ(settings.http.tls.key, folder.path() / "tls/key.pem");
  const Settings::Http::Tls named;
  settings.http.tls.certificate = named.certificate;
  settings.http.tls.key = named.key;
  settings.http.tls.client_ca = named.client_ca;
  settings.file.clear();
  EXPECT_EQ(settings, Settings{});
}

TEST(ShippedSettings, ShowEveryKeyWithAComment) {
  std::ifstream stream{kShipped};
  std::vector<std::string> keys;
  std::string section, previous;
  for (std::string line; std::getline(stream, line); previous = line) {
    if (line.starts_with('[')) section = line.substr(1, line.find(']') - 1);
    const auto equals = line.find(" = ");
    if (equals == std::string::npos || line.starts_with('#')) continue;
    keys.push_back(section + "." + line.substr(0, equals));
    // A comment stands above, perhaps for a pair of keys.
    EXPECT_TRUE(previous.starts_with("# ") || previous.find(" = ") != std::string::npos) << line;
  }
  const std::vector<std::string> expected{"dns.listen",
                                          "dns.workers",
                                          "dns.allow",
                                          "dns.rate_limit",
                                          "dns.rebind_protection",
                                          "dns.rebind_allow",
                                          "dns.forward_anyway",
                                          "upstream.servers",
                                          "upstream.timeout",
                                          "upstream.trust_ad",
                                          "cache.size",
                                          "cache.min_ttl",
                                          "cache.max_ttl",
                                          "cache.max_negative_ttl",
                                          "cache.serve_stale",
                                          "block.profiles",
                                          "block.profiles_path",
                                          "block.tiers",
                                          "block.mode",
                                          "block.ipv4",
                                          "block.ipv6",
                                          "block.ttl",
                                          "store.path",
                                          "history.retention",
                                          "history.max_size",
                                          "history.privacy",
                                          "history.checkpoints",
                                          "http.listen",
                                          "http.allow",
                                          "http.feed_access",
                                          "http.tls.listen",
                                          "http.tls.certificate",
                                          "http.tls.key",
                                          "http.tls.client_certificates",
                                          "http.tls.client_ca",
                                          "sweep.min_interval",
                                          "sweep.max_interval",
                                          "sweep.rate",
                                          "sweep.subnets",
                                          "ledger.aging",
                                          "ledger.window",
                                          "ledger.max_new_per_hour",
                                          "ledger.shared_names",
                                          "ledger.shared_clients",
                                          "ledger.shared_queries",
                                          "ledger.names_age",
                                          "ledger.names_size",
                                          "feed.protect",
                                          "feed.never_block",
                                          "feed.max_shrink",
                                          "feed.max_growth",
                                          "feed.max_stale"};
  EXPECT_EQ(keys, expected);
}

TEST(Differences, NameTheSectionsAndProfiles) {
  const auto of = [](std::string title) {
    Profile profile;
    profile.name = "chat";
    profile.title = std::move(title);
    return std::make_shared<const Catalogue>(std::vector{profile}, std::span<const Tier>{});
  };
  const Configuration before{{}, of("Chat")};
  EXPECT_TRUE(differences(before, {{}, of("Chat")}).empty());
  Configuration after{{}, of("Talk")};
  after.settings.dns.workers = 3;
  after.settings.feed.never_block.push_back(Network::parse("10.0.0.0/8").value());
  EXPECT_EQ(differences(before, after), (std::vector<std::string>{"dns", "feed", "profile chat"}));
  after.catalogue = std::make_shared<const Catalogue>(std::vector<Profile>{}, std::span<const Tier>{});
  EXPECT_EQ(differences(before, after).back(), "profile chat");
}

}  // namespace
}  // namespace sinkfeed
