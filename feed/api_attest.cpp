#include "feed/api_attest.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <memory>

#include "feed/api_history.hpp"
#include "feed/body_values.hpp"
#include "feed/out/history_export.hpp"
#include "store/keys.hpp"
#include "store/merkle.hpp"
#include "store/sha256.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::size_t kMostLinks = 100'000;

std::string pem_of(const NodeKey& key) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> half(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.public_key().data(), key.public_key().size()),
      EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  char* text = nullptr;
  if (!half || !memory || PEM_write_bio_PUBKEY(memory.get(), half.get()) != 1) return "";
  const long size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

// The conditions of a search.
Result<Parameters> parameters_of(const json::object& body) {
  Parameters parameters;
  for (const auto& [name, value] : body) {
    const auto text = text_member(body, name, 512);
    if (!text) return text.error();
    if (name == "limit" || name == "order")
      return Problem{"all that is found is signed, oldest first: no " + std::string(name)};
    if (!text->empty()) parameters[name] = *text;
  }
  return parameters;
}

// Lines for all links of blocks of that time, each under its checkpoint.
Result<std::string> links_of(const Database& database, const HistoryFilter& filter) {
  struct Epoch {
    std::vector<std::string> leaves;
    std::vector<std::pair<std::size_t, ChainLink>> wanted;
  } epoch;
  std::string lines;
  std::size_t count = 0;
  Result<void> checkpoints;
  const auto end_epoch = [&](const std::string& line) {
    if (!epoch.wanted.empty()) {
      const auto paths = merkle_paths(epoch.leaves);
      for (const auto& [leaf, link] : epoch.wanted) {
        json::array path;
        for (const std::string& hash : paths[leaf]) path.push_back(json::value(to_hex(hash)));
        lines += json::serialize(json::object{{"number", link.number},
                                              {"canonical", to_hex(link.canonical())},
                                              {"hash", to_hex(link.hash())},
                                              {"leaf", leaf},
                                              {"path", std::move(path)},
                                              {"checkpoint", line}}) +
                 "\n";
      }
    }
    epoch = {};
  };
  const auto read = database.scan(Column::chain, "", "", [&](std::string_view key, std::string_view value) {
    const auto link = ChainLink::decode(value);
    if (!link) {
      checkpoints = Problem{"the chain of evidence is damaged: `sinkfeed history verify` says where"};
      return false;
    }
    if (link->kind == ChainLink::Kind::block && (!filter.since || link->last >= *filter.since) &&
        (!filter.until || link->first < *filter.until)) {
      epoch.wanted.emplace_back(epoch.leaves.size(), *link);
      if (++count > kMostLinks) {
        checkpoints = Problem{"that are more blocks than one export can prove: give a shorter time"};
        return false;
      }
    }
    epoch.leaves.push_back(merkle_leaf(link->hash()));
    const auto line = database.get(Column::meta, keys::checkpoint(keys::read_u64(key)));
    if (!line) return checkpoints = line.error(), false;
    if (*line) end_epoch(**line);
    return true;
  });
  if (!read) return read.error();
  if (!checkpoints) return checkpoints.error();
  return Result<std::string>(boost::system::in_place_value, std::move(lines));
}

}  // namespace

ApiAnswer attest_export(const ActionCall& call) {
  const Store& store = call.store;
  auto parameters = parameters_of(call.body);
  if (!parameters) return api_problem(400, parameters.error().what);
  const WallTime now = store.clock->wall();
  auto filter = read_history_filter(*parameters, now, {});
  if (!filter) return api_problem(400, filter.error().what);
  // From here on the same search finds the same: ages become times, and what comes from now on is left out.
  filter->until = std::min(filter->until.value_or(now), now);
  (*parameters)["until"] = format_time(*filter->until);
  if (filter->since) (*parameters)["since"] = format_time(*filter->since);
  filter->limit = 0;
  if (const auto sealed = store.history->seal(); !sealed) return api_problem(503, sealed.error().what);
  const auto checkpoint = store.history->chain().checkpoint(*store.key);
  if (!checkpoint) return api_problem(503, checkpoint.error().what);
  Sha256 file;
  std::uint64_t records = 0;
  const auto searched = export_history(*store.history, *filter, ExportFormat::jsonl, [&](const std::string& lines) {
    file.add(lines);
    records += static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
    return true;
  });
  if (!searched) return api_problem(500, searched.error().what + "; an export without it would be wrong");
  const auto links = links_of(*store.database, *filter);
  if (!links) return api_problem(500, links.error().what);
  json::object filter_value;
  for (const auto& [name, value] : *parameters) filter_value[name] = value;
  const std::string manifest = fmt::format(
      "sinkfeed-export v1\nnode {}\ntime {}\nfilter {}\nrecords {}\nfile-sha256 {}\nlinks-sha256 {}\ncheckpoint {}\n",
      to_hex(checkpoint->node), format_time(now), json::serialize(filter_value), records, to_hex(file.finish()),
      to_hex(sha256_of(*links)), checkpoint->line);
  return {200, json::object{{"manifest", manifest},
                            {"signature", to_base64(store.key->sign(manifest))},
                            {"key", pem_of(*store.key)},
                            {"since", filter_value.contains("since") ? filter_value["since"] : json::value("")},
                            {"until", filter_value["until"]},
                            {"records", records},
                            {"links", *links}}};
}

}  // namespace sinkfeed
