#include "store/ledger_records.hpp"

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

std::optional<LedgerEntry> decode_entry(std::string_view bytes) {
  records::AddressRecord record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  LedgerEntry entry;
  entry.first_seen = time_of(record.first_seen_us());
  entry.last_seen = time_of(record.last_seen_us());
  entry.count = record.count();
  entry.state = static_cast<State>(record.state());
  entry.reason = record.reason();
  entry.sharing = static_cast<Sharing>(record.sharing());
  entry.first_generation = record.first_generation();
  for (const records::Evidence& from : record.evidence()) {
    const auto name = name_of(from.name()), target = name_of(from.target());
    if (!name || !target) continue;
    entry.evidence.push_back({*name,
                              *target,
                              {static_cast<VantageKind>(from.vantage()), from.vantage_detail()},
                              time_of(from.first_seen_us()),
                              time_of(from.last_seen_us()),
                              from.count()});
  }
  return entry;
}

std::string encode_sighting(const NameSighting& sighting) {
  records::NameRecord record;
  record.set_first_seen_us(us(sighting.first_seen));
  record.set_last_seen_us(us(sighting.last_seen));
  record.set_count(sighting.count);
  record.set_never_why(sighting.never_why);
  return record.SerializeAsString();
}

std::optional<NameSighting> decode_sighting(std::string_view bytes) {
  records::NameRecord record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  return NameSighting{
      {}, record.never_why(), time_of(record.first_seen_us()), time_of(record.last_seen_us()), record.count()};
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
  to.set_address(change.address.bytes().data(), change.address.bytes().size());
  to.set_reason(change.reason);
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
  const auto* address = reinterpret_cast<const std::uint8_t*>(from.address().data());
  GenerationChange change{from.kind() == records::Change::ADDED, from.profile(), {}, from.reason()};
  if (from.address().size() == 4) {
    change.address = IpAddress::v4(std::span<const std::uint8_t, 4>(address, 4));
  } else if (from.address().size() == 16) {
    change.address = IpAddress::v6(std::span<const std::uint8_t, 16>(address, 16));
  } else {
    return false;
  }
  summary.changes.push_back(std::move(change));
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
