// Blocks of history of version 2.
//
// clang-format off
//   block    version(1: 2) zstd frame with content size and checksum
//   content  rows, addresses, subjects, then one column after another; numbers are LEB128 varints unless said otherwise
//     addresses     count, then entries of length and bytes (4 or 16)
//     subjects      count, then entries of type, rcode (1 byte), verdict (1 byte), 1 + EDE or 0, and name (wire format),
//                   rule and answers, each as length and bytes
//     columns       time (zigzag of the difference to the row before, µs) · marks (1 byte: history_marks.hpp) ·
//                   client (address) · client port (u16 le) · subject · flags · latency ·
//                   upstream (address, of rows marked so) · gap count (of gap rows)
// clang-format on
// A name or a rule that several subjects share stands in each of them: that is what zstd is for.
#include "store/history_block_2.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <cstring>
#include <memory>
#include <optional>

#include "store/history_columns.hpp"
#include "store/history_layout.hpp"
#include "store/history_marks.hpp"
#include "store/varints.hpp"
#include "store/wire_name.hpp"

namespace sinkfeed {

using namespace history_marks;
using history_layout::kBlockRows;

namespace {

// The most that kBlockRows rows can take: their texts, and at most 64 bytes of numbers each, twice.
constexpr std::size_t kLargestContent = kBlockRows * (255 + kLongestRule + kLongestAnswers + 2 * 16 + 128);

// Reads content piece by piece. Once something does not fit, `ok` is false and everything after it reads as zero.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  std::size_t left() const { return rest_.size(); }
  void fail() { ok_ = false, rest_ = {}; }

  std::uint64_t number(std::uint64_t most = ~std::uint64_t{0}) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      if (shift == 63 && byte > 1) break;
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if ((byte & 0x80) != 0) continue;
      if (value > most) break;
      return value;
    }
    fail();
    return 0;
  }
  std::string_view bytes(std::size_t length) {
    if (length > rest_.size()) {
      fail();
      return {};
    }
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }
  std::uint8_t byte() {
    const std::string_view one = bytes(1);
    return one.empty() ? 0 : static_cast<std::uint8_t>(one[0]);
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

template <class Entry>
const Entry& look_up(Reader& in, const std::vector<Entry>& entries) {
  return entries[in.number(entries.size() - 1)];
}

Problem damaged(std::string_view why) { return Problem{fmt::format("a block of history is damaged: {}", why)}; }

Result<std::vector<QueryRecord>> decode_content(std::string_view content) {
  Reader in{content};
  const std::size_t rows = in.number(kBlockRows);
  if (rows == 0 || rows > in.left()) return damaged("its number of rows is impossible");
  const std::size_t address_count = in.number(2 * rows);
  if (address_count == 0 || address_count > in.left()) return damaged("its addresses do not fit");
  std::vector<IpAddress> addresses(address_count);
  for (IpAddress& address : addresses) {
    const std::string_view bytes = in.bytes(in.number(16));
    const auto* const from = reinterpret_cast<const std::uint8_t*>(bytes.data());
    if (bytes.size() == 4) {
      address = IpAddress::v4(std::span<const std::uint8_t, 4>{from, 4});
    } else if (bytes.size() == 16) {
      address = IpAddress::v6(std::span<const std::uint8_t, 16>{from, 16});
    } else {
      return damaged("an address is of no known length");
    }
  }
  struct Subject {
    DnsName name;
    std::string_view rule, answers;
    std::uint16_t type = 0;
    std::uint8_t rcode = 0;
    Verdict verdict = Verdict::pass;
    std::optional<std::uint16_t> ede;
  };
  const std::size_t subject_count = in.number(rows);
  if (subject_count == 0 || subject_count > in.left()) return damaged("its subjects do not fit");
  std::vector<Subject> subjects(subject_count);
  for (Subject& s : subjects) {
    s.type = static_cast<std::uint16_t>(in.number(0xffff));
    s.rcode = in.byte();
    const unsigned verdict = in.byte();
    s.verdict = static_cast<Verdict>(verdict);
    if (const std::uint64_t ede = in.number(0x10000)) s.ede = static_cast<std::uint16_t>(ede - 1);
    const std::string_view name = in.bytes(in.number(255));
    s.rule = in.bytes(in.number(kLongestRule));
    s.answers = in.bytes(in.number(kLongestAnswers));
    if (!in.ok() || verdict > static_cast<unsigned>(Verdict::local) || !is_wire_name(name))
      return damaged("a subject does not fit");
    s.name = DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(name.data()), name.size()});
  }

  std::vector<QueryRecord> records(rows);
  const auto column = [&](const auto& read) {
    for (std::size_t i = 0; i < rows && in.ok(); ++i) read(records[i]);
  };
  std::uint64_t time = 0;
  column([&](QueryRecord& r) {
    time += static_cast<std::uint64_t>(unzigzag(in.number()));
    r.time = WallTime{std::chrono::microseconds{static_cast<std::int64_t>(time)}};
  });
  std::vector<std::uint8_t> marks;
  marks.reserve(rows);
  column([&](QueryRecord& r) {
    const unsigned mark = marks.emplace_back(in.byte());
    r.kind = (mark & kGap) != 0 ? QueryRecord::Kind::gap : QueryRecord::Kind::query;
    r.transport = (mark & kTcp) != 0 ? Transport::tcp : Transport::udp;
    if ((mark >> kOrigin & 3U) > static_cast<unsigned>(Origin::policy)) return in.fail();
    r.origin = static_cast<Origin>(mark >> kOrigin & 3U);
  });
  column([&](QueryRecord& r) { r.client = look_up(in, addresses); });
  column([&](QueryRecord& r) {
    const unsigned low = in.byte();
    r.client_port = static_cast<std::uint16_t>(low | unsigned{in.byte()} << 8);
  });
  column([&](QueryRecord& r) {
    const Subject& s = look_up(in, subjects);
    if (r.kind == QueryRecord::Kind::gap) return;
    r.name = s.name;
    r.type = s.type;
    r.rule = s.rule;
    r.rcode = s.rcode;
    r.answers = s.answers;
    r.verdict = s.verdict;
    r.ede = s.ede;
  });
  column([&](QueryRecord& r) { r.flags = static_cast<std::uint16_t>(in.number(0xffff)); });
  column([&](QueryRecord& r) { r.latency_us = static_cast<std::uint32_t>(in.number(0xffffffff)); });
  const auto marked_column = [&](unsigned mark, const auto& read) {
    for (std::size_t i = 0; i < rows && in.ok(); ++i) {
      if ((marks[i] & mark) != 0) read(records[i]);
    }
  };
  marked_column(kUpstream, [&](QueryRecord& r) { r.upstream = look_up(in, addresses); });
  marked_column(kGap, [&](QueryRecord& r) { r.gap_count = in.number(); });
  if (!in.ok() || !in.at_end()) return damaged("its columns do not fit its rows");
  return records;
}

}  // namespace

Result<std::vector<QueryRecord>> decode_block_2(std::string_view block) {
  if (block.empty()) return damaged("it is empty");
  block.remove_prefix(1);
  const unsigned long long size = ZSTD_getFrameContentSize(block.data(), block.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) return damaged("it is not a zstd frame");
  if (size > kLargestContent) return damaged("it claims to be larger than a block can be");
  const std::unique_ptr<char[]> content{new char[size]};
  const std::size_t unpacked = ZSTD_decompress(content.get(), size, block.data(), block.size());
  if (ZSTD_isError(unpacked) != 0) return damaged(ZSTD_getErrorName(unpacked));
  return decode_content({content.get(), unpacked});
}

}  // namespace sinkfeed
