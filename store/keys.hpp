// The layout of every key in the store: fixed, sortable, documented here and nowhere else.
//
//   ledger         profile 0x00 family(1: 4 or 6) address(4|16)          -> AddressRecord
//   changes        generation(u64 be) sequence(u32 be)                   -> ChangeRecord (sequence 0: header)
//   names          family(1) address(4|16) name(wire, lower case)        -> NameRecord
//   history        first time(µs since 1970, u64 be) sequence(u32 be)    -> block (store/history_block.hpp)
//   history_index  the same                                              -> HistoryIndex
//   history_names  'm', or 'n' and a byte; then the same, of some blocks' first  -> store/history_names.cpp
//   chain          number(u64 be), from 1 on                             -> ChainRecord (store/chain.hpp)
//   meta           "schema" -> Schema; "generation" -> u64 be; "profiles" -> GenerationProfiles;
//                  "needed/" names key -> NameRecord; "watched" -> u64 be, seconds of ages (store/ledger_age.hpp);
//                  "action/" number(u64 be), in the order in which they came -> ActionRecord; "forgotten/" ledger key
//                  -> Forgotten; "subscriber/" family(1) address(4|16) -> u64 be, µs when it fetched a feed last;
//                  "subscription/" family(1) address(4|16) feed 0x00 who -> SubscriberRecord (store/subscribers.hpp);
//                  "next-record" -> u64 be, the number of the record that is written next (store/history_follow.hpp);
//                  "sink/" name -> u64 be, the number of the record up to which a sink has delivered;
//                  "ring/" ring id(16 bytes) -> u64 be, the ring position up to which its records are in blocks;
//                  "token/" name -> TokenRecord (store/tokens.hpp); "gate" -> FeedGate; "shown/" ledger key -> u8, the
//                  list (KeptEntry::List) in which the current generation has an address, if it is another than its
//                  AddressRecord says;
//                  "chain" -> number(u64 be) and hash(32) of the last link; "checkpoint/" number of its last link(u64
//                  be) -> the checkpoint's line (store/checkpoint.hpp); "dropping" -> DroppedHistory, blocks that are
//                  not in the index any more and not deleted yet; "hold/" number(u64 be) -> HistoryHoldRecord;
//                  "privacy_key" -> 32 bytes (store/client_mask.hpp); "erasing" -> ErasureRecord;
//                  "replaced" -> ReplacedHistory; "adopting" -> nothing, while blocks of before the chain are taken
//                  into it; "sent/" target -> u64 be, the last link of the checkpoint that was brought there last;
//                  "minute/" minutes since 1970(u64 be) -> TimelineMinute (store/timeline.hpp)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "config/address.hpp"
#include "config/dns_name.hpp"

namespace sinkfeed::keys {

inline constexpr std::string_view kNeeded = "needed/", kAction = "action/", kForgotten = "forgotten/",
                                  kSubscriber = "subscriber/", kSubscription = "subscription/", kWatched = "watched",
                                  kGeneration = "generation", kProfiles = "profiles", kGate = "gate", kShown = "shown/",
                                  kNextRecord = "next-record", kSink = "sink/", kChain = "chain",
                                  kCheckpoint = "checkpoint/", kDropping = "dropping", kHold = "hold/", kSent = "sent/",
                                  kPrivacyKey = "privacy_key", kErasing = "erasing", kAdopting = "adopting",
                                  kReplaced = "replaced", kMinute = "minute/";

// Where keys with this beginning end: the first key after all of them.
std::string after(std::string_view prefix);

void append_u64(std::string& to, std::uint64_t value);  // big-endian
void append_u32(std::string& to, std::uint32_t value);
std::uint64_t read_u64(std::string_view from);  // from must hold 8 bytes
std::uint32_t read_u32(std::string_view from);

std::string ledger(std::string_view profile, const IpAddress& address);
std::optional<std::pair<std::string, IpAddress>> parse_ledger(std::string_view key);
std::string change(std::uint64_t generation, std::uint32_t sequence);
std::string address(const IpAddress& address);
std::optional<IpAddress> parse_address(std::string_view key);
std::string name(const IpAddress& address, const DnsName& name);
std::optional<std::pair<IpAddress, DnsName>> parse_name(std::string_view key);
std::string action(std::uint64_t number);
std::string subscription(const IpAddress& client, std::string_view feed, std::string_view who);
std::string history(std::uint64_t first_us, std::uint32_t sequence);
std::string chain(std::uint64_t number);
std::string checkpoint(std::uint64_t to);
std::string hold(std::uint64_t number);

}  // namespace sinkfeed::keys
