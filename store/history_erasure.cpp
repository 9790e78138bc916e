// Erases a client from blocks that are written already: block by block, between two drains of the rings, and goes on
// after a restart where it was. The chain's digests of blocks stay what they are (store/history_block.hpp).
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "store/history_block.hpp"
#include "store/history_writer.hpp"
#include "store/keys.hpp"
#include "store/records.pb.h"
#include "store/sha256.hpp"

namespace sinkfeed {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAtOnce{20};  // then the rings are drained again
constexpr std::chrono::seconds kRetry{5};

IpAddress address_of(std::string_view bytes) {
  const auto* const from = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (bytes.size() == 4) return IpAddress::v4(std::span<const std::uint8_t, 4>{from, 4});
  return IpAddress::v6(std::span<const std::uint8_t, 16>{from, 16});
}

WallTime from_us(std::int64_t us) { return WallTime{std::chrono::microseconds{us}}; }
std::int64_t us(WallTime time) { return time.time_since_epoch().count(); }

}  // namespace

Result<void> HistoryWriter::load_erasure() {
  const auto value = database_.get(Column::meta, keys::kErasing);
  if (!value) return value.error();
  if (!*value) return {};
  records::ErasureRecord record;
  if (!record.ParseFromString(**value) || (record.client().size() != 4 && record.client().size() != 16))
    return Problem{"the record of a client that is being erased is damaged in the store: restore a backup"};
  const std::lock_guard lock{mutex_};
  erasure_ =
      Erasure{address_of(record.client()), record.next(), record.blocks(), record.damaged(), from_us(record.first_us()),
              from_us(record.last_us())};
  return {};
}

std::string HistoryWriter::encode_erasure(const Erasure& erasure) {
  records::ErasureRecord record;
  const auto bytes = erasure.client.bytes();
  record.set_client(bytes.data(), bytes.size());
  record.set_next(erasure.next);
  record.set_blocks(erasure.blocks);
  record.set_damaged(erasure.damaged);
  record.set_first_us(us(erasure.first));
  record.set_last_us(us(erasure.last));
  return record.SerializeAsString();
}

Result<void> HistoryWriter::erase(const IpAddress& client) {
  if (auto sealed = seal(); !sealed) return sealed;
  Erasure erasure{client, "", 0, 0, {}, {}};
  Database::Batch batch;
  batch.put(Column::meta, std::string(keys::kErasing), encode_erasure(erasure));
  {
    const std::lock_guard lock{mutex_};
    if (erasure_) return Problem{"another client is being erased just now; try again when that is done"};
    erasure_ = erasure;
    erasure_is_new_ = true;
  }
  auto written = database_.write(batch);
  const std::lock_guard lock{mutex_};
  erasure_is_new_ = false;
  if (!written) erasure_.reset();
  return written;
}

ErasureProgress HistoryWriter::erasure() const {
  const std::lock_guard lock{mutex_};
  if (!erasure_) return last_erasure_;
  const auto blocks = catalogue_.within({}, {});
  const auto before =
      std::count_if(blocks.begin(), blocks.end(), [&](const auto& block) { return block->key < erasure_->next; });
  return {.is_running = true,
          .blocks = erasure_->blocks,
          .damaged = erasure_->damaged,
          .done = blocks.empty() ? 1 : static_cast<double>(before) / static_cast<double>(blocks.size())};
}

void HistoryWriter::go_on_erasing() {
  const auto begun = std::chrono::steady_clock::now();
  if (begun < erase_at_) return;
  for (;;) {
    std::optional<Erasure> erasure;
    std::shared_ptr<const BlockInfo> block;
    {
      const std::lock_guard lock{mutex_};
      if (!erasure_ || erasure_is_new_) return;
      erasure = erasure_;
      block = catalogue_.next(erasure->next);
    }
    const auto done = block ? erase_from(*erasure, *block) : finish_erasure(*erasure);
    if (!done) {
      erase_at_ = begun + kRetry;
      spdlog::warn("a client cannot be erased from the history just now, it is tried again: {}", done.error().what);
      return;
    }
    if (!block || std::chrono::steady_clock::now() - begun >= kAtOnce) return;
  }
}

Result<void> HistoryWriter::erase_from(Erasure erasure, const BlockInfo& block) {
  auto value = database_.get(Column::history, block.key);
  if (!value) return value.error();
  erasure.next = block.key + '\0';
  // One that is damaged or gone is verify's to tell of; there is nothing to erase in what nobody can read.
  auto rewritten = *value ? without_client(**value, erasure.client) : std::optional<std::string>{};
  if (!rewritten) {
    if (*value) erasure.damaged++;
    rewritten = "";
  }
  std::shared_ptr<BlockInfo> info;
  if (!rewritten->empty()) {
    info = std::make_shared<BlockInfo>(block);
    info->bytes = static_cast<std::uint32_t>(rewritten->size());
    info->sha256 = sha256_of(*rewritten);
    erasure.first = erasure.blocks == 0 ? info->first : std::min(erasure.first, info->first);
    erasure.last = erasure.blocks == 0 ? info->last : std::max(erasure.last, info->last);
    erasure.blocks++;
    Database::Batch batch;
    batch.put(Column::history, info->key, std::move(*rewritten));
    batch.put(Column::history_index, info->key, encode_index(*info));
    batch.put(Column::meta, std::string(keys::kErasing), encode_erasure(erasure));
    {
      const std::lock_guard lock{mutex_};
      rewritten_sha256_ = info->sha256;
    }
    if (auto written = database_.write(batch); !written) return written;
  }
  const std::lock_guard lock{mutex_};
  rewritten_sha256_.clear();
  if (info) catalogue_.add(std::move(info));
  erasure_ = std::move(erasure);
  return {};
}

// Nothing: it cannot be read. Empty: the client is not in it, under no name that it may have there.
std::optional<std::string> HistoryWriter::without_client(std::string_view block, const IpAddress& client) {
  std::string left;
  IpAddress pseudonym;
  {
    const std::lock_guard lock{mutex_};
    pseudonym = mask_.pseudonym(client);
  }
  for (const IpAddress& name : {client, pseudonym}) {
    auto erased = erase_client(left.empty() ? block : std::string_view(left), name);
    if (!erased) return std::nullopt;
    if (*erased) left = std::move(**erased);
  }
  return left;
}

Result<void> HistoryWriter::finish_erasure(const Erasure& erasure) {
  std::string text = fmt::format(R"({{"blocks":{},"damaged":{})", erasure.blocks, erasure.damaged);
  if (erasure.blocks)
    text += fmt::format(R"(,"since":"{}","until":"{}")", format_time(erasure.first), format_time(erasure.last));
  Database::Batch batch;
  batch.remove(Column::meta, std::string(keys::kErasing));
  const auto written = chain_->write(batch, {ChainLink::with_text(ChainLink::Kind::erased, clock_.wall(), text + "}")});
  if (!written) return written.error();
  const std::lock_guard lock{mutex_};
  last_erasure_ = {.is_running = false, .blocks = erasure.blocks, .damaged = erasure.damaged, .done = 1};
  erasure_.reset();
  return {};
}

}  // namespace sinkfeed
