#include "feed/out/event_facts.hpp"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

namespace sinkfeed {

std::string answers_text(const QueryRecord& record, std::size_t most, std::string_view between) {
  std::string text;
  std::string_view rest = record.answers;
  for (; most > 0; --most) {
    const auto item = PackedAnswers::take(rest);
    if (!item) break;
    if (!text.empty()) text += between;
    text += item->text();
  }
  return text;
}

std::size_t answers_beyond(const QueryRecord& record, std::size_t most) {
  const std::size_t all = PackedAnswers::items(record.answers).size();
  return all > most ? all - most : 0;
}

std::string event_id(const QueryRecord& r) {
  std::string key = fmt::format("{} {} {} {} {} ", r.time.time_since_epoch().count(), r.client.text(), r.client_port,
                                r.type, r.gap_count);
  key += r.name.wire();
  return fmt::format("{:016x}", XXH3_64bits(key.data(), key.size()));
}

std::string event_name(const QueryRecord& r) {
  return r.kind == QueryRecord::Kind::gap ? "records-lost" : fmt::format("dns-{}", verdict_name(r.verdict));
}

std::string event_sentence(const QueryRecord& r) {
  if (r.kind == QueryRecord::Kind::gap)
    return fmt::format("{} queries are missing here: {}", r.gap_count,
                       r.rule.empty() ? "they were not recorded, because a ring was full" : r.rule);
  return fmt::format("{} asked for {} {}: {} ({})", r.client.text(), r.name.text(), type_name(r.type),
                     rcode_name(r.rcode), verdict_name(r.verdict));
}

int event_severity(const QueryRecord& r) {
  if (r.kind == QueryRecord::Kind::gap) return 7;
  switch (r.verdict) {
    case Verdict::pass:
    case Verdict::local:
      return 1;
    case Verdict::refuse:
      return 4;
    case Verdict::sinkhole:
      return 6;
  }
  return 1;
}

std::int64_t milliseconds_of(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

}  // namespace sinkfeed
