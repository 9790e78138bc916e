// The DNS queries of an office of 1,000 clients, as records of history: endless, the same for the same seed and start.
//
// What it imitates: working days (a ramp in the morning, a dip at noon, hardly anything at night and at weekends, when
// machines that were left on ask for their telemetry); clients of very different activity, each with its favourite
// sites and programs; pages that ask for 5 to 30 names within a second or two, A, AAAA and HTTPS as browsers do; names
// by Zipf's law from about 200,000 (office_names.hpp) and 3 to 5 % that are asked for once and never again; clients
// that do not ask again before a TTL has run out, and a resolver whose answers they share; CNAME chains, answers that
// rotate with each TTL and more that never change; NXDOMAIN for about a tenth; names of Google Talk that are answered
// with the sinkhole; records in the order in which the answers left. 3 to 6 million queries a working day.
//
// What it does not: holidays, new sites that come into fashion, DNSSEC records, attacks, failing upstreams, retries.
// All types of a name have one TTL, and queries that wait for the same answer of an upstream are told as cached.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "config/clock.hpp"
#include "store/history_record.hpp"
#include "tests/bench/office_names.hpp"

namespace sinkfeed::bench {

class OfficeTrace {
 public:
  static constexpr std::uint32_t kClients = 1000;

  // `start` is cut to whole seconds; the office lives in UTC.
  OfficeTrace(std::uint64_t seed, WallTime start);

  // The records of the next second in which there are any, as one worker would push them. The views are good until the
  // next call; nothing is allocated once the largest second has been seen.
  std::span<const RecordView> next();

  // A client of the office: 0 is the one that asks the most.
  const IpAddress& client(std::uint32_t number) const { return clients_[number].address; }

 private:
  struct Client {
    IpAddress address;
    std::uint16_t flags = 0;
    std::uint8_t page_types = 0, app_types = 0;
    bool always_on = false, talks = false;
    float comes = 0, leaves = 0;  // hour of the day
    std::array<std::uint32_t, 32> sites{}, apps{};
  };
  // Somebody wants a name, if it is not known to the client still.
  struct Want {
    std::uint32_t name = 0, offset_us = 0;
    std::uint16_t client = 0;
    std::uint8_t types = 0;
  };
  struct Known {
    std::uint32_t name = 0, expires = 0;  // name + 1; 0 is nothing
  };
  struct Made {
    RecordView view;
    std::size_t answer = 0, answer_size = 0;  // in answers_, unless view has it
    std::size_t name = 0, name_size = 0;
  };
  static constexpr std::uint32_t kKnown = 2048;  // names a client remembers, 2^11
  static constexpr std::uint32_t kAhead = 4;     // seconds, a power of two

  void plan_second();
  void plan_page(std::uint32_t client);
  void plan_background(std::uint32_t client);
  void want(std::uint32_t after_us, std::uint32_t client, std::uint32_t name, std::uint8_t types);
  std::uint32_t somebody(bool working);
  Known& known_of(const Want& want);
  void answer(const Want& want);
  void answer_one_off(const Want& want);
  Made& add_record(const Want& want, std::uint16_t type, bool asked_upstream);
  std::size_t events(double rate);

  OfficeNames names_;
  TraceRandom random_;
  std::vector<Client> clients_;
  std::vector<Known> known_;
  std::vector<std::uint32_t> upstream_us_;  // a sample of the upstreams' latencies
  std::array<IpAddress, 2> upstreams_;
  std::array<std::vector<Want>, kAhead> wanted_;
  std::uint32_t second_;  // since 1970
  double hour_ = 0, day_factor_ = 1;
  bool working_day_ = false;
  std::uint64_t one_offs_;
  std::vector<Made> made_;
  std::string scratch_;
  std::vector<std::uint64_t> order_;
  std::vector<RecordView> out_;
};

}  // namespace sinkfeed::bench
