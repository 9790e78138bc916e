// Any file as a list of connections, of processes and of addresses, and as what a firewall lists: what is read is
// within its bounds, and the same text in another encoding reads the same.
#include <algorithm>

#include "feed/imports/address_list.hpp"
#include "feed/imports/connection_table.hpp"
#include "feed/imports/process_list.hpp"
#include "feed/imports/selection.hpp"
#include "feed/listings/listing.hpp"
#include "tests/fuzz/check.hpp"

using namespace sinkfeed;

namespace {

constexpr std::size_t kMostAddresses = 300;

void check(const Complaints& complaints, std::size_t lines) {
  SINKFEED_CHECK(complaints.total() <= lines);
  SINKFEED_CHECK(complaints.list().size() == std::min(complaints.total(), Complaints::kMost));
  for (const std::string& complaint : complaints.list())
    SINKFEED_CHECK(complaint.find_first_of("\n\r\x1b") == std::string::npos);
}

void check_connections(const std::string& text, std::size_t lines) {
  const auto table = read_connections(text);
  if (!table) return;
  check(table->complaints, lines);
  SINKFEED_CHECK(table->connections.size() + table->complaints.total() <= lines);
  std::size_t last = 0;
  for (const Connection& connection : table->connections) {
    SINKFEED_CHECK(connection.line > last && connection.line <= lines);
    SINKFEED_CHECK(connection.remote.port != 0);
    last = connection.line;
  }
  Wanted wanted;
  wanted.ports = {443, 5222};
  const Selection selection = select_connections(table->connections, wanted);
  SINKFEED_CHECK(selection.considered == table->connections.size());
  SINKFEED_CHECK(selection.addresses.size() + selection.left_out.size() <= selection.considered);
  for (const Endpoint& endpoint : selection.addresses) {
    SINKFEED_CHECK(!special_purpose(endpoint.address));
    SINKFEED_CHECK(endpoint.port == 443 || endpoint.port == 5222);
  }
}

void check_ranges(const std::vector<AddressRange>& ranges) {
  for (const AddressRange& range : ranges) {
    SINKFEED_CHECK(range.first <= range.last && range.first.family() == range.last.family());
  }
  const auto whole = normalized(ranges);
  for (std::size_t i = 1; i < whole.size(); i++) SINKFEED_CHECK(whole[i - 1].last < whole[i].first);
  SINKFEED_CHECK(normalized(whole) == whole);
  SINKFEED_CHECK(without(whole, whole).empty() && without(whole, {}) == whole);
  std::vector<AddressRange> again;
  for (const Network& network : networks_of(whole)) again.push_back(range_of(network));
  SINKFEED_CHECK(std::is_sorted(again.begin(), again.end()));
  SINKFEED_CHECK(normalized(again) == whole);
  // The halves that are left of it and of what was taken make it again.
  std::vector<AddressRange> half;
  for (std::size_t i = 0; i < whole.size(); i += 2) half.push_back(whole[i]);
  auto rest = without(whole, half);
  rest.insert(rest.end(), half.begin(), half.end());
  SINKFEED_CHECK(normalized(rest) == whole);
}

void check_listings(const std::string& text, std::size_t lines) {
  const auto recognized = read_listing(text);
  for (const ListingFormat* format : listing_formats()) {
    const auto listing = read_listing(text, format->name);
    if (recognized && recognized->format == format->name) SINKFEED_CHECK(listing.has_value());
    if (!listing) continue;
    SINKFEED_CHECK(!listing->sets.empty());
    SINKFEED_CHECK(listing->complaints.total() <= std::max(lines, text.size()));
    for (const std::string& complaint : listing->complaints.list())
      SINKFEED_CHECK(complaint.find_first_of("\n\r\x1b") == std::string::npos);
    for (const ListedSet& set : listing->sets) check_ranges(set.ranges);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string text = as_utf8(bytes);
  SINKFEED_CHECK(as_utf8("\xef\xbb\xbf" + text) == text);
  const std::size_t lines = lines_of(text).size();
  check_connections(text, lines);
  check_listings(text, lines);
  if (const auto list = read_processes(text)) {
    check(list->complaints, lines);
    SINKFEED_CHECK(!list->processes.empty() && list->processes.size() <= lines);
    for (const Process& process : list->processes) SINKFEED_CHECK(is_of_program(process.name, process.name));
  }
  if (const auto list = read_addresses(text, kMostAddresses)) {
    check(list->complaints, lines);
    SINKFEED_CHECK(!list->addresses.empty() && list->addresses.size() <= kMostAddresses);
  }
  return 0;
}
