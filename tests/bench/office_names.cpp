#include "tests/bench/office_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "store/history_record.hpp"

namespace sinkfeed::bench {
namespace {

constexpr std::uint16_t kA = 1, kCname = 5, kPtr = 12, kAaaa = 28, kSrv = 33, kHttps = 65;
constexpr std::uint8_t kNxdomain = 3;
constexpr std::uint32_t kSites = 14'000, kFirms = 2'000, kHosts = 56'000, kApps = 3'000, kInternal = 1'500,
                        kReverse = 1'200, kServices = 40;

constexpr std::string_view kSyllables[] = {"ba", "cor", "del", "en",  "fi",  "gra", "ho", "in",  "jo",  "ka",
                                           "lu", "mo",  "ne",  "or",  "pe",  "qui", "ro", "sta", "ti",  "un",
                                           "ve", "wa",  "xe",  "ya",  "zo",  "ber", "ca", "dra", "el",  "fle",
                                           "go", "hy",  "it",  "kin", "lan", "mar", "ni", "oc",  "pla", "ser"};
constexpr std::string_view kWords[] = {"bank",   "news",   "shop",  "cloud", "data",  "media",  "travel",
                                       "office", "health", "games", "photo", "music", "sport",  "home",
                                       "food",   "auto",   "jobs",  "law",   "tech",  "energy", "hotel",
                                       "book",   "forum",  "city",  "print", "works", "labs"};
constexpr std::string_view kZones[] = {"com", "com", "com",   "com", "com", "com", "net",  "org",
                                       "de",  "io",  "co.uk", "fr",  "nl",  "eu",  "info", "app"};
constexpr std::string_view kOwn[] = {"www",    "static", "img",  "cdn",  "api",  "login",  "assets", "media",
                                     "m",      "app",    "auth", "news", "shop", "mail",   "video",  "fonts",
                                     "data",   "events", "edge", "s1",   "s2",   "images", "files",  "search",
                                     "status", "help",   "sso",  "blog", "dl",   "ws",     "push",   "graphql"};
constexpr std::string_view kParty[] = {"tag", "pixel", "sync",   "js",     "collect",
                                       "ads", "cdn",   "rtb-eu", "beacon", "widget"};
constexpr std::string_view kApp[] = {"telemetry", "update",   "config",  "v10.events.data", "login",
                                     "push",      "settings", "outlook", "teams",           "presence",
                                     "crl",       "ocsp",     "time",    "activation",      "client.wns"};
constexpr std::string_view kHost[] = {"fil", "srv", "prn", "db", "app", "vpn", "nas", "dc", "cam", "ap"};

void add_address(std::string& to, const TraceRandom& seed, bool v6, std::uint32_t number) {
  TraceRandom random = seed;
  std::array<char, 16> bytes{};
  const std::uint64_t network = random.next();
  if (!v6) {
    bytes[0] = static_cast<char>(13 + network % 190), bytes[1] = static_cast<char>(network >> 8);
    bytes[2] = static_cast<char>((network >> 16) + number / 200), bytes[3] = static_cast<char>(3 + number % 200);
    PackedAnswers::append(to, kA, {bytes.data(), 4});
    return;
  }
  bytes[0] = 0x2a, bytes[1] = static_cast<char>(network % 15);
  for (std::size_t i = 2; i < 6; i++) bytes[i] = static_cast<char>(network >> (8 * i));
  bytes[7] = static_cast<char>(network >> 60), bytes[14] = static_cast<char>(number >> 8);
  bytes[15] = static_cast<char>(number);
  PackedAnswers::append(to, kAaaa, {bytes.data(), 16});
}

// Priority 1, the owner itself, ALPN h3 and h2, hints (RFC 9460 2.2); with the addresses that A and AAAA have.
std::string https_record(std::string_view v4, std::string_view v6) {
  std::string rdata("\0\1\0\0\1\0\6\2h3\2h2", 13);
  const auto hints = [&rdata](char key, std::string_view packed, std::size_t size) {
    std::string bytes;
    while (const auto item = PackedAnswers::take(packed)) bytes += item->bytes;
    if (bytes.size() < size) return;
    rdata += {'\0', key, '\0', static_cast<char>(bytes.size())};
    rdata += bytes;
  };
  hints(4, v4, 4), hints(6, v6, 16);
  std::string packed;
  PackedAnswers::append(packed, kHttps, rdata);
  return packed;
}

class Maker {
 public:
  Maker(OfficeNames& made, std::uint64_t seed) : made_(made), random_(seed) {}

  void make() {
    make_edges();
    made_.rules = {""};
    make_sites();
    made_.hosts = range([this] { make_hosts(); });
    made_.apps = range([this] { make_apps(); });
    made_.internal = range([this] { make_internal(); });
    made_.reverse = range([this] { make_reverse(); });
    made_.services = range([this] { make_services(); });
    made_.talk = range([this] { make_talk(); });
    make_one_offs();
  }

 private:
  // The machines of a content network in one place: answers that rotate.
  struct Edge {
    std::uint32_t at[2] = {};
    std::uint16_t size[2] = {};
    std::uint8_t variants = 0;
  };

  template <class Make>
  OfficeRange range(const Make& make) {
    const auto first = static_cast<std::uint32_t>(made_.names.size());
    make();
    return {first, static_cast<std::uint32_t>(made_.names.size()) - first};
  }

  template <std::size_t n>
  std::string_view one_of(const std::string_view (&list)[n]) {
    return list[random_.below(n)];
  }

  std::string word() {
    std::string made;
    for (std::uint32_t n = 2 + random_.below(2); n > 0; n--) made += one_of(kSyllables);
    if (random_.chance(0.4)) made += one_of(kWords);
    return made;
  }

  std::string hex(int digits) {
    return fmt::format("{:016x}", random_.next()).substr(0, static_cast<std::size_t>(digits));
  }

  std::uint32_t keep(std::string_view bytes) {
    const auto at = static_cast<std::uint32_t>(made_.texts.size());
    made_.texts += bytes;
    return at;
  }

  static std::string wire(std::string_view text) { return std::string{DnsName::parse(text).value().wire()}; }

  OfficeName& add(std::string_view text) {
    const std::string name = wire(text);
    OfficeName& made = made_.names.emplace_back();
    made.text = keep(name);
    made.text_size = static_cast<std::uint8_t>(name.size());
    made.ttl = ttl();
    return made;
  }

  std::uint16_t ttl() {
    static constexpr std::uint16_t kTtls[] = {60,  60,  120,  300,  300,  300,   300,
                                              600, 900, 3600, 3600, 3600, 14400, 43200};
    return kTtls[random_.below(std::size(kTtls))];
  }

  void set(OfficeName& name, int which, std::string_view packed) {
    name.answer[which] = keep(packed);
    name.answer_size[which] = static_cast<std::uint16_t>(packed.size());
  }

  void chain(OfficeName& name, std::initializer_list<std::string> targets) {
    std::string packed;
    for (const std::string& target : targets) PackedAnswers::append(packed, kCname, wire(target));
    name.chain = keep(packed);
    name.chain_size = static_cast<std::uint16_t>(packed.size());
  }

  void make_edges() {
    for (int i = 0; i < 120; i++) {
      Edge edge;
      edge.variants = static_cast<std::uint8_t>(2 + random_.below(15));
      const TraceRandom network{random_.next()};
      // All variants have as many addresses.
      static constexpr std::uint32_t kCounts[] = {1, 1, 2, 2, 3, 4, 6};
      const std::uint32_t count = kCounts[random_.below(std::size(kCounts))], pool = 4 + random_.below(60);
      for (int family = 0; family < 2; family++) {
        if (family == 1 && random_.chance(0.3)) continue;
        std::string packed;
        for (int variant = 0; variant < edge.variants; variant++) {
          const std::uint32_t start = random_.below(pool);
          for (std::uint32_t k = 0; k < count; k++) add_address(packed, network, family == 1, (start + k) % pool);
        }
        edge.at[family] = keep(packed);
        edge.size[family] = static_cast<std::uint16_t>(packed.size() / edge.variants);
      }
      edges_.push_back(edge);
    }
  }

  void on_edge(OfficeName& name) {
    const Edge& edge = edges_[random_.zipf(static_cast<std::uint32_t>(edges_.size()))];
    for (int family = 0; family < 2; family++) {
      name.answer[family] = edge.at[family];
      name.answer_size[family] = edge.size[family];
    }
    name.variants = edge.variants;
    name.ttl = static_cast<std::uint16_t>(random_.chance(0.5) ? 20 + random_.below(41) : 60 + 240 * random_.below(2));
  }

  // The same answer each time.
  void on_own_machines(OfficeName& name, const TraceRandom& network, double with_v6) {
    std::string v4, v6;
    const std::uint32_t count = random_.chance(0.7) ? 1 : 2 + random_.below(3), first = random_.below(4000);
    for (std::uint32_t k = 0; k < count; k++) add_address(v4, network, false, first + k);
    set(name, 0, v4);
    if (!random_.chance(with_v6)) return;
    for (std::uint32_t k = 0; k < count; k++) add_address(v6, network, true, first + k);
    set(name, 1, v6);
  }

  // Behind a proxy that speaks for them all: two addresses of each family, and HTTPS records.
  void on_proxy(OfficeName& name) {
    const TraceRandom network{0xc10fd};
    std::string v4, v6;
    const std::uint32_t first = random_.below(4000);
    for (const std::uint32_t k : {first, first + 1})
      add_address(v4, network, false, k), add_address(v6, network, true, k);
    set(name, 0, v4), set(name, 1, v6), set(name, 2, https_record(v4, v6));
    name.ttl = 300;
  }

  void hosted(OfficeName& name, const std::string& text, const TraceRandom& network) {
    const double where = random_.unit();
    if (where < 0.12) {
      chain(name, {text + ".edgekey.net",
                   fmt::format("e{}.dsc{}.akamaiedge.net", random_.below(90'000), "abcdefg"[random_.below(7)])});
      on_edge(name);
    } else if (where < 0.22) {
      chain(name, {"d" + hex(13) + ".cloudfront.net"});
      on_edge(name);
    } else if (where < 0.28) {
      chain(name, {fmt::format("{}-{}.eu-central-1.elb.amazonaws.com", word(), random_.below(2'000'000'000))});
      on_edge(name);
    } else if (where < 0.50) {
      on_proxy(name);
    } else {
      if (random_.chance(0.25))
        chain(name, {"web" + std::to_string(random_.below(400)) + "." + word() + "-hosting.net"});
      on_own_machines(name, network, 0.45);
    }
  }

  static void does_not_exist(OfficeName& name) {
    name.rcode = kNxdomain;
    name.chain_size = 0;
    for (auto& size : name.answer_size) size = 0;
    name.variants = 1;
  }

  void make_sites() {
    std::vector<std::uint32_t> parties;
    for (std::uint32_t i = 0; i < kFirms; i++) {
      const std::string domain = word() + std::string{one_of({"metrics", "ads", "cdn", "tag", "stat"})} + ".com";
      for (std::uint32_t n = 3 + random_.below(7); n > 0; n--) {
        const std::string text = fmt::format("{}{}.{}", one_of(kParty), n, domain);
        parties.push_back(static_cast<std::uint32_t>(made_.names.size()));
        OfficeName& name = add(text);
        hosted(name, text, TraceRandom{random_.next()});
        if (random_.chance(0.03)) does_not_exist(name);
      }
    }
    for (std::uint32_t i = 0; i < kSites; i++) {
      OfficeSite site;
      site.first = static_cast<std::uint32_t>(made_.names.size());
      site.own_count = static_cast<std::uint8_t>(i < 500 ? 10 + random_.below(22) : 2 + random_.below(14));
      site.parties = static_cast<std::uint32_t>(made_.parties.size());
      site.party_count = static_cast<std::uint8_t>(3 + random_.below(22));
      const std::string domain = fmt::format("{}{}.{}", word(), i % 3 ? "" : std::to_string(i), one_of(kZones));
      const TraceRandom network{random_.next()};
      for (std::uint32_t k = 0; k < site.own_count; k++) {
        const std::string text = fmt::format("{}.{}", kOwn[k], domain);
        hosted(add(text), text, network);
      }
      for (std::uint32_t k = 0; k < site.party_count; k++)
        made_.parties.push_back(parties[random_.zipf(static_cast<std::uint32_t>(parties.size()))]);
      made_.sites.push_back(site);
    }
  }

  void make_hosts() {
    for (std::uint32_t i = 0; i < kHosts; i++) {
      static constexpr int kKinds = 4;
      std::string text;
      switch (random_.below(kKinds)) {
        case 0:
          text = "d" + hex(13) + ".cloudfront.net";
          break;
        case 1:
          text = fmt::format("r{}---sn-{}.videoedge.com", 1 + random_.below(9), hex(8));
          break;
        case 2:
          text = fmt::format("scontent-{}{}-{}.xx.picturecdn.net", std::string{one_of({"fra", "ams", "muc", "vie"})},
                             random_.below(9), random_.below(300));
          break;
        default:
          text = word() + "-" + hex(6) + ".s3.eu-west-1.amazonaws.com";
      }
      on_edge(add(text));
    }
  }

  void make_apps() {
    std::string domain;
    for (std::uint32_t i = 0; i < kApps; i++) {
      if (i % 8 == 0) domain = word() + "soft.com";
      const std::string text = fmt::format("{}{}.{}", one_of(kApp), random_.below(20), domain);
      OfficeName& name = add(text);
      hosted(name, text, TraceRandom{random_.next()});
      name.ttl = std::min<std::uint16_t>(name.ttl, 3600);
      if (random_.chance(0.1)) does_not_exist(name);
    }
  }

  void make_internal() {
    const TraceRandom network{10};
    for (std::uint32_t i = 0; i < kInternal; i++) {
      // What is not found is tried with the office's own suffix, and some programs ask for what nobody set up.
      static constexpr std::string_view kMissing[] = {"wpad",  "isatap", "_ldap-old", "autodiscover",
                                                      "proxy", "sccm",   "kms"};
      const bool missing = i % 5 == 1;
      OfficeName& name =
          add(missing ? fmt::format("{}{}.corp.example", one_of(kMissing), i < 20 ? "" : std::to_string(i))
                      : fmt::format("{}{:03}.corp.example", one_of(kHost), i));
      std::string packed;
      const char bytes[] = {10, 1, static_cast<char>(i / 200), static_cast<char>(1 + i % 200)};
      PackedAnswers::append(packed, kA, {bytes, 4});
      set(name, 0, packed);
      name.ttl = static_cast<std::uint16_t>(random_.chance(0.5) ? 3600 : 1200);
      if (missing) does_not_exist(name);
      if (missing) name.ttl = static_cast<std::uint16_t>(300 + 600 * random_.below(2));
    }
  }

  void make_reverse() {
    for (std::uint32_t i = 0; i < kReverse; i++) {
      OfficeName& name = add(fmt::format("{}.{}.1.10.in-addr.arpa", 1 + i % 200, i / 200));
      name.own_type = kPtr;
      std::string packed;
      PackedAnswers::append(packed, kPtr, wire(fmt::format("srv{:03}.corp.example", i)));
      if (random_.chance(0.6))
        set(name, 0, packed);
      else
        does_not_exist(name);
      name.ttl = 3600;
    }
  }

  void make_services() {
    for (std::uint32_t i = 0; i < kServices; i++) {
      OfficeName& name =
          add(fmt::format("_{}._tcp.site{}._sites.dc._msdcs.corp.example", i % 2 ? "ldap" : "kerberos", i));
      name.own_type = kSrv;
      std::string packed;
      for (const int dc : {1, 2})
        PackedAnswers::append(packed, kSrv,
                              std::string("\0\0\0\x64\1\x85", 6) + wire(fmt::format("dc{:02}.corp.example", dc)));
      set(name, 0, packed);
      name.ttl = 600;
    }
  }

  // As the daemon with its default settings answers and explains them.
  void make_talk() {
    const auto add_rule = [this](std::string rule) {
      made_.rules.push_back(std::move(rule));
      return static_cast<std::uint8_t>(made_.rules.size() - 1);
    };
    const auto blocked = [&](std::string_view text, const std::string& rule) {
      OfficeName& name = add(text);
      std::string v4, v6;
      PackedAnswers::append(v4, kA, std::string("\xc0\0\2\1", 4));
      PackedAnswers::append(v6, kAaaa, std::string("\x20\1\x0d\xb8", 4) + std::string(11, '\0') + '\1');
      set(name, 0, v4), set(name, 1, v6);
      name.ttl = 60;
      name.verdict = Verdict::sinkhole;
      name.rule = add_rule(rule);
    };
    blocked("talk.google.com", "google-talk: suffix talk.google.com (core)");
    blocked("users.talk.google.com", "google-talk: suffix talk.google.com (core)");
    blocked("talkx.l.google.com", "google-talk: exact talkx.l.google.com (core)");
    blocked("chatenabled.mail.google.com", "google-talk: exact chatenabled.mail.google.com (web)");
    blocked("talkgadget.google.com", "google-talk: exact talkgadget.google.com (web)");
    OfficeName& refused = add("corp.example");
    does_not_exist(refused);
    refused.rcode = 5;
    refused.own_type = 252;  // AXFR
    refused.verdict = Verdict::refuse;
    refused.rule = add_rule("no zone transfers");
  }

  void make_one_offs() {
    const auto zone = [this](std::string_view below, int addresses, std::uint8_t rcode) {
      std::string packed;
      for (int i = 0; i < addresses; i++) add_address(packed, TraceRandom{random_.next()}, false, 7);
      made_.one_offs.push_back({wire(below), packed, rcode});
    };
    zone("avts.virus-lookup.com", 0, kNxdomain);  // a scanner asks for hashes of files
    zone("corp.example", 0, kNxdomain);           // browsers look whether somebody answers anything
    zone("gateway.metrics-session.com", 1, 0);    // a name for each visit
    zone("probe.speed-edge.net", 2, 0);
    zone("dnsbl.mailfilter.org", 0, kNxdomain);
    zone("session.webinar-relay.com", 1, 0);
  }

  OfficeNames& made_;
  TraceRandom random_;
  std::vector<Edge> edges_;
};

}  // namespace

OfficeNames::OfficeNames(std::uint64_t seed) { Maker(*this, seed).make(); }

}  // namespace sinkfeed::bench
