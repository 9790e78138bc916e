// Any name against the profiles: the look-up says what the plain rules say, and a never rule wins over everything.
#include <algorithm>

#include "resolver/policy.hpp"
#include "resolver/wire.hpp"
#include "tests/fuzz/check.hpp"

using namespace sinkfeed;

namespace {

DnsName name(std::string_view text) { return DnsName::parse(text).value(); }

std::shared_ptr<const Catalogue> catalogue() {
  static const auto made = [] {
    Profile profile;
    profile.name = "chat";
    profile.names = {{name("talk.google.com"), Match::suffix, Tier::core, "login", ""},
                     {name("a.b"), Match::exact, Tier::core, "", ""},
                     {name("x.a.b"), Match::suffix, Tier::core, "", ""},
                     {name("_t.gmail.com"), Match::srv, Tier::core, "", ""}};
    profile.never = {{name("m.talk.google.com"), Match::exact, "push"}, {name("n.x.a.b"), Match::suffix, "mail"}};
    const Tier tiers[] = {Tier::core};
    return std::make_shared<const Catalogue>(std::vector{profile}, tiers);
  }();
  return made;
}

// A name out of the input: bytes choose labels that matter, so that matches happen.
DnsName name_of(const std::uint8_t* data, std::size_t size) {
  static const char* const labels[] = {"talk", "google", "com",   "a",         "b",    "x",       "m",  "n",
                                       "_t",   "gmail",  "mtalk", "localhost", "arpa", "in-addr", "10", "local"};
  std::string wire;
  for (std::size_t i = 0; i < size && wire.size() < 200; i++) {
    const std::string_view label = labels[data[i] % 16];
    wire += static_cast<char>(label.size() + (data[i] >= 240 ? 1 : 0));
    wire += label;
    if (data[i] >= 240) wire += static_cast<char>(data[i] & 0x7f);
  }
  wire += '\0';
  std::transform(wire.begin(), wire.end(), wire.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()});
}

bool matches(const DnsName& rule, Match match, const DnsName& asked) {
  return match == Match::suffix ? asked.is_at_or_below(rule) : asked == rule;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const DnsName asked = name_of(data, size);
  const Profile& profile = catalogue()->profiles()[0];
  const bool never = std::any_of(profile.never.begin(), profile.never.end(),
                                 [&](const NeverRule& rule) { return matches(rule.name, rule.match, asked); });
  const bool target = std::any_of(profile.names.begin(), profile.names.end(),
                                  [&](const NameRule& rule) { return matches(rule.name, rule.match, asked); });
  const Coverage coverage = catalogue()->find(asked);
  SINKFEED_CHECK(coverage.kind == (never    ? Coverage::Kind::never
                                   : target ? Coverage::Kind::target
                                            : Coverage::Kind::none));
  const Policy policy(catalogue());
  const Decision decision = policy.decide(asked.wire(), dns::A, dns::IN);
  if (never) SINKFEED_CHECK(decision.action == Decision::Action::forward);
  if (!never && target)
    SINKFEED_CHECK(decision.action == Decision::Action::block || decision.action == Decision::Action::no_data);
  return 0;
}
