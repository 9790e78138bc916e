#include "store/ledger_records.hpp"

#include <xxhash.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "store/records.pb.h"

namespace sinkfeed {

namespace {

std::int64_t us(WallTime time) { return time.time_since_epoch().count(); }
WallTime time_of(std::int64_t microseconds) { return WallTime{std::chrono::microseconds{microseconds}}; }

// Names in records were written by us from valid names; one that does not parse is left out with its evidence.
std::optional<DnsName> name_of(const std::string& text) {
  if (text.empty()) return DnsName();
  auto name = DnsName::parse(text);
  if (!name) return std::nullopt;
  return *name;
}

std::string text_of(const DnsName& name) { return name.is_root() ? "" : name.text(); }

}  // namespace

std::string encode_entry(const LedgerEntry& entry) {
  records::AddressRecord record;
  record.set_first_seen_us(us(entry.first_seen));
  record.set_last_seen_us(us(entry.last_seen));
  record.set_count(entry.count);
  record.set_state(static_cast<records::State>(entry.state));
  record.set_reason(entry.reason);
  record.set_sharing(static_cast<records::Sharing>(entry.sharing));
  record.set_first_generation(entry.first_generation);
  record.set_over_limit(entry.is_over_limit);
  record.set_watched_s(entry.watched_s);
  record.set_ttl_s(entry.ttl_s);
  record.set_held_for_sharing(entry.is_held_for_sharing);
  if (entry.ruling) {
    records::Decision& to = *record.mutable_decision();
    to.set_kind(static_cast<records::Decision::Kind>(entry.ruling->kind));
    to.set_made_us(us(entry.ruling->made));
    if (entry.ruling->until) to.set_until_us(us(*entry.ruling->until));
    to.set_by(entry.ruling->by);
    to.set_reason(entry.ruling->reason);
  }
  for (const Evidence& evidence : entry.evidence) {
    records::Evidence& to = *record.add_evidence();
    to.set_name(text_of(evidence.name));
    to.set_target(text_of(evidence.target));
    to.set_vantage(static_cast<records::VantageKind>(evidence.vantage.kind));
    to.set_vantage_detail(evidence.vantage.detail);
    to.set_first_seen_us(us(evidence.first_seen));
    to.set_last_seen_us(us(evidence.last_seen));
    to.set_count(evidence.count);
  }
  return record.SerializeAsString();
}

struct FastHash {
  std::size_t operator()(const std::string& text) const { return XXH3_64bits(text.data(), text.size()); }
};

// A source's texts are parsed the first time that they come.
struct EntryReader::State {
  EvidenceSources& sources;
  KeptEntry::Pool& pool;
  records::AddressRecord record{};  // used again and again, for the memory it has
  std::unordered_map<std::string, std::uint32_t, FastHash> numbers{};
  std::string key{};

  // kNone: a name in it is no name; we wrote it from one, so the record is damaged.
  std::uint32_t number_of(const records::Evidence& from) {
    // What a source is, as its bytes are.
    key.assign(1, static_cast<char>(from.vantage()));
    for (const std::string* text : {&from.name(), &from.target(), &from.vantage_detail()}) key.append(*text) += '\0';
    if (const auto known = numbers.find(key); known != numbers.end()) {
      sources.take_again(known->second);
      return known->second;
    }
    const auto name = name_of(from.name()), target = name_of(from.target());
    if (!name || !target) return EvidenceSources::kNone;
    const std::uint32_t number =
        sources.take({*name, *target, {static_cast<VantageKind>(from.vantage()), from.vantage_detail()}});
    numbers.emplace(key, number);
    return number;
  }
};

EntryReader::EntryReader(EvidenceSources& sources, KeptEntry::Pool& pool) : state_(new State{sources, pool}) {}
EntryReader::~EntryReader() = default;

bool EntryReader::read(std::string_view bytes, KeptEntry& entry, std::string& reason, std::optional<Ruling>& ruling) {
  records::AddressRecord& record = state_->record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  const auto narrow = [](auto value) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(static_cast<std::int64_t>(value), 0, 0xffffffff));
  };
  const auto seconds = [&](std::int64_t microseconds) { return narrow(microseconds / 1'000'000); };
  entry.first_s = seconds(record.first_seen_us());
  entry.last_s = seconds(record.last_seen_us());
  entry.count = narrow(record.count());
  entry.state = static_cast<sinkfeed::State>(record.state());
  entry.sharing = static_cast<Sharing>(record.sharing());
  entry.first_generation = narrow(record.first_generation());
  entry.is_over_limit = record.over_limit();
  entry.watched_s = narrow(record.watched_s());
  entry.ttl_s = record.ttl_s();
  entry.is_held_for_sharing = record.held_for_sharing();
  reason = record.reason();
  ruling.reset();
  if (record.has_decision()) {
    const records::Decision& from = record.decision();
    if (!records::Decision::Kind_IsValid(from.kind()) || !from.kind()) return false;
    ruling =
        Ruling{static_cast<Ruling::Kind>(from.kind()), time_of(from.made_us()), std::nullopt, from.by(), from.reason()};
    if (from.until_us()) ruling->until = time_of(from.until_us());
  }
  if (record.evidence_size() > std::numeric_limits<std::uint8_t>::max()) return false;
  if (!records::State_IsValid(record.state()) || !record.state()) return false;
  entry.reserve(static_cast<std::size_t>(record.evidence_size()), state_->pool);
  for (const records::Evidence& from : record.evidence()) {
    const std::uint32_t source = state_->number_of(from);
    if (source == EvidenceSources::kNone) return false;
    entry.add({source, narrow(from.count()), seconds(from.first_seen_us()), seconds(from.last_seen_us())},
              state_->pool);
  }
  return true;
}

std::string bytes_of(const IpAddress& address) {
  return {reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size()};
}

std::optional<IpAddress> address_of(const std::string& bytes) {
  const auto* address = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (bytes.size() == 4) return IpAddress::v4(std::span<const std::uint8_t, 4>(address, 4));
  if (bytes.size() == 16) return IpAddress::v6(std::span<const std::uint8_t, 16>(address, 16));
  return std::nullopt;
}

std::string encode_action(const LedgerAction& action) {
  records::ActionRecord record;
  record.set_when_us(us(action.when));
  record.set_what(action.what);
  record.set_profile(action.profile);
  if (action.address) record.set_address(bytes_of(*action.address));
  record.set_by(action.by);
  record.set_reason(action.reason);
  if (action.until) record.set_until_us(us(*action.until));
  return record.SerializeAsString();
}

std::optional<LedgerAction> decode_action(std::string_view bytes) {
  records::ActionRecord record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  const auto address = address_of(record.address());
  if (!address && !record.address().empty()) return std::nullopt;
  LedgerAction action{time_of(record.when_us()), record.what(), record.profile(), address, record.by(),
                      record.reason(),           std::nullopt};
  if (record.until_us()) action.until = time_of(record.until_us());
  return action;
}

std::string encode_forgotten(WallTime until) {
  records::Forgotten record;
  record.set_until_us(us(until));
  return record.SerializeAsString();
}

std::optional<WallTime> decode_forgotten(std::string_view bytes) {
  records::Forgotten record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  return time_of(record.until_us());
}

std::string encode_generation_header(WallTime created, std::uint64_t published) {
  records::ChangeRecord record;
  record.mutable_header()->set_created_us(us(created));
  record.mutable_header()->set_published(published);
  return record.SerializeAsString();
}

std::string encode_generation_change(const GenerationChange& change) {
  records::ChangeRecord record;
  records::Change& to = *record.mutable_change();
  to.set_kind(change.added ? records::Change::ADDED : records::Change::REMOVED);
  to.set_profile(change.profile);
  to.set_address(bytes_of(change.address));
  to.set_reason(change.reason);
  to.set_shared(change.shared);
  return record.SerializeAsString();
}

bool decode_change_record(std::string_view bytes, GenerationSummary& summary) {
  records::ChangeRecord record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  if (record.has_header()) {
    summary.created = time_of(record.header().created_us());
    summary.published = record.header().published();
    return true;
  }
  const records::Change& from = record.change();
  const auto address = address_of(from.address());
  if (!address) return false;
  summary.changes.push_back(
      {from.kind() == records::Change::ADDED, from.profile(), *address, from.reason(), from.shared()});
  return true;
}

std::string encode_profiles(const std::vector<Profile>& profiles) {
  records::GenerationProfiles record;
  for (const Profile& profile : profiles) {
    records::GenerationProfiles::Profile& to = *record.add_profile();
    to.set_name(profile.name);
    to.set_title(profile.title);
    for (const std::uint16_t port : profile.ports) to.add_ports(port);
  }
  return record.SerializeAsString();
}

std::optional<std::vector<Profile>> decode_profiles(std::string_view bytes) {
  records::GenerationProfiles record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  std::vector<Profile> profiles;
  for (const auto& from : record.profile()) {
    Profile& profile = profiles.emplace_back();
    profile.name = from.name();
    profile.title = from.title();
    for (const std::uint32_t port : from.ports()) profile.ports.push_back(static_cast<std::uint16_t>(port));
  }
  return profiles;
}

}  // namespace sinkfeed
