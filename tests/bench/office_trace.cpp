#include "tests/bench/office_trace.hpp"

#include <algorithm>
#include <cmath>

namespace sinkfeed::bench {
namespace {

constexpr std::uint32_t kOneOff = 0xffffffff;
constexpr std::uint16_t kA = 1, kAaaa = 28, kHttps = 65;
constexpr std::uint32_t kTick = 1'000'000;  // a second
constexpr std::uint16_t kBlocked = 15;      // RFC 8914 4.16
// Events a second in the busiest hours, all clients together. What is known still asks for nothing.
constexpr double kPages = 2.9, kBackground = 55.0;

// How much of the busiest hour's work is done, by the hour of a working day.
double curve(double hour) {
  struct Point {
    double hour, share;
  };
  static constexpr Point kDay[] = {{0, 0.004},   {5.5, 0.004}, {7, 0.12},   {8.5, 0.75}, {9.5, 1.0},
                                   {11.6, 0.95}, {12.4, 0.5},  {13.2, 0.7}, {14, 1.0},   {16, 0.9},
                                   {17.5, 0.5},  {19, 0.1},    {22, 0.015}, {24, 0.004}};
  for (std::size_t i = 1; i < std::size(kDay); i++) {
    if (hour > kDay[i].hour) continue;
    const Point &a = kDay[i - 1], &b = kDay[i];
    return a.share + (b.share - a.share) * (hour - a.hour) / (b.hour - a.hour);
  }
  return 0;
}

double normal(TraceRandom& random) {
  double sum = -6;
  for (int i = 0; i < 12; i++) sum += random.unit();
  return sum;
}

}  // namespace

OfficeTrace::OfficeTrace(std::uint64_t seed, WallTime start)
    : names_(seed),
      random_(TraceRandom::mixed(seed)),
      known_(std::size_t{kClients} * kKnown),
      second_(static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(start).time_since_epoch().count())),
      one_offs_(std::uint64_t{second_} << 28) {
  for (std::uint32_t i = 0; i < kClients; i++) {
    Client& made = clients_.emplace_back();
    const std::uint32_t place = i * 619 % kClients;  // activity must not be seen from the address
    if (random_.chance(0.08)) {
      std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8, 0, 0x20};
      for (std::size_t k = 8; k < 16; k++) bytes[k] = static_cast<std::uint8_t>(random_.next());
      made.address = IpAddress::v6(bytes);
    } else {
      made.address = IpAddress::v4(std::array<std::uint8_t, 4>{10, 20, static_cast<std::uint8_t>(place / 250),
                                                               static_cast<std::uint8_t>(2 + place % 250)});
    }
    const double kind = random_.unit();
    made.flags = kind < 0.65   ? kFlagRd | kFlagEdns
                 : kind < 0.92 ? kFlagRd
                 : kind < 0.97 ? kFlagRd | kFlagEdns | kFlagDo
                               : kFlagRd | kFlagAd;
    const bool dual = random_.chance(0.85);
    made.page_types = static_cast<std::uint8_t>(kAskA | (dual ? kAskAaaa : 0) | (random_.chance(0.75) ? kAskHttps : 0));
    made.app_types = static_cast<std::uint8_t>(kAskA | (dual && random_.chance(0.7) ? kAskAaaa : 0));
    made.always_on = random_.chance(0.2);
    made.talks = random_.chance(0.03);
    made.comes = static_cast<float>(7.0 + 2.5 * random_.unit());
    made.leaves = made.comes + static_cast<float>(7.5 + 2.5 * random_.unit());
    for (auto& site : made.sites) site = random_.zipf(static_cast<std::uint32_t>(names_.sites.size()));
    for (auto& app : made.apps) app = names_.apps.first + random_.zipf(names_.apps.count);
  }
  for (int i = 0; i < 4096; i++)
    upstream_us_.push_back(static_cast<std::uint32_t>(std::clamp(15'000 * std::exp(0.8 * normal(random_)), 900., 2e6)));
  upstreams_ = {IpAddress::parse("9.9.9.9").value(), IpAddress::parse("149.112.112.112").value()};
}

std::size_t OfficeTrace::events(double rate) {
  const double wanted = rate * (0.5 + random_.unit());
  return static_cast<std::size_t>(wanted) + (random_.unit() < wanted - std::floor(wanted) ? 1 : 0);
}

// One of those that are there, the busy ones more often.
std::uint32_t OfficeTrace::somebody(bool working) {
  std::uint32_t chosen = 0;
  for (int tries = 0; tries < 16; tries++) {
    const double unit = random_.unit();
    chosen = static_cast<std::uint32_t>(kClients * unit * unit);
    const Client& one = clients_[chosen];
    const bool there = working_day_ && hour_ >= one.comes && hour_ < one.leaves;
    if (there || (!working && one.always_on)) return chosen;
  }
  return chosen;
}

void OfficeTrace::plan_second() {
  const std::uint32_t day = second_ / 86400;
  hour_ = second_ % 86400 / 3600.0;
  working_day_ = (day + 3) % 7 < 5;  // 1970 began on a Thursday
  day_factor_ = 0.88 + 0.24 * static_cast<double>(TraceRandom::mixed(day) >> 40) * 0x1p-24;
  const double work = (working_day_ ? curve(hour_) : 0.15 * curve(hour_)) * day_factor_;
  for (std::size_t n = events(kPages * work); n > 0; n--) plan_page(somebody(true));
  for (std::size_t n = events(kBackground * std::max(work, 0.12)); n > 0; n--) plan_background(somebody(false));
}

void OfficeTrace::want(std::uint32_t after_us, std::uint32_t client, std::uint32_t name, std::uint8_t types) {
  const std::uint32_t ahead = std::min(after_us / kTick, kAhead - 1);
  wanted_[(second_ + ahead) % kAhead].push_back({name, after_us % kTick, static_cast<std::uint16_t>(client), types});
}

void OfficeTrace::plan_page(std::uint32_t client) {
  const Client& who = clients_[client];
  const std::uint32_t number = random_.chance(0.6)
                                   ? who.sites[random_.zipf(static_cast<std::uint32_t>(who.sites.size()))]
                                   : random_.zipf(static_cast<std::uint32_t>(names_.sites.size()));
  const OfficeSite& site = names_.sites[number];
  const std::uint32_t began = random_.below(kTick);
  const auto later = [&](std::uint32_t from_ms, std::uint32_t spread_ms) {
    return began + from_ms * 1000 + random_.below(spread_ms * 1000);
  };
  want(began, client, site.first, who.page_types);
  for (std::uint32_t n = 1 + random_.below(6); n > 0; n--)
    want(later(60, 400), client, site.first + random_.below(site.own_count), who.page_types);
  for (std::uint32_t i = 0; i < site.party_count; i++) {
    if (random_.chance(0.8)) want(later(100, 900), client, names_.parties[site.parties + i], who.page_types);
  }
  for (std::uint32_t n = random_.below(3); n > 0; n--)
    want(later(200, 1800), client, names_.hosts.first + random_.zipf(names_.hosts.count), who.page_types);
  for (std::uint32_t n = random_.below(4); n > 0; n--) want(later(20, 900), client, kOneOff, kAskA);
}

void OfficeTrace::plan_background(std::uint32_t client) {
  const Client& who = clients_[client];
  const std::uint32_t began = random_.below(kTick);
  const double kind = random_.unit();
  const auto of = [&](const OfficeRange& range) { return range.first + random_.zipf(range.count); };
  if (who.talks && kind < 0.1) {
    want(began, client, names_.talk.first + random_.zipf(names_.talk.count - 1), who.app_types);
  } else if (kind < 0.66) {
    want(began, client, who.apps[random_.zipf(static_cast<std::uint32_t>(who.apps.size()))], who.app_types);
  } else if (kind < 0.90) {
    want(began, client, of(names_.internal), who.app_types);
  } else if (kind < 0.94) {
    want(began, client, of(names_.reverse), kAskOwn);
  } else if (kind < 0.97) {
    want(began, client, of(names_.services), kAskOwn);
  } else if (kind < 0.9999) {
    want(began, client, kOneOff, kAskA);
  } else {
    want(began, client, names_.talk.first + names_.talk.count - 1, kAskOwn);
  }
}

OfficeTrace::Made& OfficeTrace::add_record(const Want& want, std::uint16_t type, bool asked_upstream) {
  const Client& who = clients_[want.client];
  const std::uint64_t random = random_.next();
  Made& made = made_.emplace_back();
  RecordView& view = made.view;
  view.time_us = std::int64_t{second_} * kTick + want.offset_us;
  view.client = who.address;
  view.client_port = static_cast<std::uint16_t>(32768 + random % 28232);
  view.transport = (random >> 32) % 50 == 0 ? Transport::tcp : Transport::udp;
  view.type = type;
  view.flags = who.flags;
  if (asked_upstream) {
    view.origin = Origin::upstream;
    view.has_upstream = true;
    view.upstream = upstreams_[(random >> 40) % 8 == 0];
    const std::uint32_t median = upstream_us_[(random >> 44) % 4096];
    view.latency_us = median + median * ((random >> 16) % 64) / 256;
  } else {
    view.origin = Origin::cache;
    const auto wait = static_cast<std::uint32_t>((random >> 44) % 1024);
    view.latency_us = 5 + wait * wait / 19'000;
  }
  return made;
}

// Where it is if it is known; another name of the same place is then forgotten.
OfficeTrace::Known& OfficeTrace::known_of(const Want& want) {
  return known_[std::size_t{want.client} * kKnown + (want.name * 0x9e3779b1U >> 21)];
}

void OfficeTrace::answer(const Want& want) {
  Known& known = known_of(want);
  if (known.name == want.name + 1 && known.expires > second_) return;
  OfficeName& name = names_.names[want.name];
  const bool fetched = name.expires <= second_;
  if (fetched) {
    name.expires = second_ + name.ttl;
    if (name.variants > 1) name.variant = static_cast<std::uint8_t>(random_.below(name.variants));
  }
  known = {want.name + 1, name.expires};
  static constexpr std::uint16_t kTypes[] = {kA, kAaaa, kHttps};
  Want next = want;
  for (unsigned bit = 0; bit < 4; bit++) {
    if (!(want.types >> bit & 1)) continue;
    const bool own = bit == 3;
    const unsigned which = own ? 0 : bit;
    Made& made = add_record(next, own ? name.own_type : kTypes[which], fetched && name.verdict == Verdict::pass);
    next.offset_us += 15 + static_cast<std::uint32_t>(made.view.client_port) % 128;
    RecordView& view = made.view;
    view.name = {names_.texts.data() + name.text, name.text_size};
    view.rcode = name.rcode;
    view.verdict = name.verdict;
    view.rule = names_.rules[name.rule];
    if (name.verdict != Verdict::pass) {
      if (fetched || name.verdict == Verdict::refuse) view.origin = Origin::policy;
      if (name.verdict == Verdict::sinkhole) view.has_ede = true, view.ede = kBlocked;
    }
    const std::string_view chain{names_.texts.data() + name.chain, name.chain_size};
    const std::size_t size = name.answer_size[which];
    const std::string_view records{names_.texts.data() + name.answer[which] + (which < 2 ? name.variant * size : 0),
                                   size};
    if (chain.empty() || records.empty()) {
      view.answers = chain.empty() ? records : chain;
    } else {
      made.answer = scratch_.size(), made.answer_size = chain.size() + records.size();
      scratch_ += chain;
      scratch_ += records;
    }
  }
}

void OfficeTrace::answer_one_off(const Want& want) {
  const std::uint64_t number = TraceRandom::mixed(one_offs_++);
  const OfficeNames::Zone& zone = names_.one_offs[random_.zipf(static_cast<std::uint32_t>(names_.one_offs.size()))];
  Made& made = add_record(want, kA, true);
  made.name = scratch_.size();
  // 64 bits as 13 letters and digits: no two are the same.
  static constexpr char kDigits[] = "abcdefghijklmnopqrstuvwxyz234567";
  scratch_ += '\x0d';
  for (int shift = 0; shift < 65; shift += 5) scratch_ += kDigits[number >> shift & 31];
  scratch_ += zone.below;
  made.name_size = scratch_.size() - made.name;
  made.view.rcode = zone.rcode;
  made.view.answers = zone.answer;
}

std::span<const RecordView> OfficeTrace::next() {
  do {
    plan_second();
    std::vector<Want>& now = wanted_[second_ % kAhead];
    std::sort(now.begin(), now.end(), [](const Want& a, const Want& b) {
      return a.offset_us != b.offset_us ? a.offset_us < b.offset_us : a.name < b.name;
    });
    made_.clear(), scratch_.clear(), order_.clear(), out_.clear();
    for (std::size_t i = 0; i < now.size(); i++) {
      // Clients' memories and the names are many megabytes: fetched while others are worked on.
      if (i + 8 < now.size() && now[i + 8].name != kOneOff) {
        __builtin_prefetch(&known_of(now[i + 8]));
        __builtin_prefetch(&names_.names[now[i + 8].name]);
      }
      now[i].name == kOneOff ? answer_one_off(now[i]) : answer(now[i]);
    }
    now.clear();
    for (std::size_t i = 0; i < made_.size(); i++) {
      const RecordView& view = made_[i].view;
      const auto answered = static_cast<std::uint64_t>(view.time_us - std::int64_t{second_} * kTick) + view.latency_us;
      order_.push_back(answered << 24 | i);
    }
    std::sort(order_.begin(), order_.end());
    for (const std::uint64_t entry : order_) {
      Made& made = made_[entry & 0xffffff];
      if (made.answer_size) made.view.answers = {scratch_.data() + made.answer, made.answer_size};
      if (made.name_size) made.view.name = {scratch_.data() + made.name, made.name_size};
      out_.push_back(made.view);
    }
    second_++;
  } while (out_.empty());
  return out_;
}

}  // namespace sinkfeed::bench
