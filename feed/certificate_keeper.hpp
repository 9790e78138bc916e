// The TLS context as the files on the disk are: they are read again on a reload, and by themselves when they change.
// What cannot be used does not count, the one before goes on; that, and an end that is near, is a warning of Health,
// "tls". That the one in use has expired is a problem.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "config/clock.hpp"
#include "feed/tls_context.hpp"
#include "store/health.hpp"

namespace sinkfeed {

class CertificateKeeper {
 public:
  // Both outlive it. `interval`: how often it looks at the files.
  CertificateKeeper(const Clock& clock, Health& health, std::chrono::milliseconds interval = std::chrono::seconds(30));

  // By other settings, in two steps: what is prepared and dropped changes nothing.
  struct Next {
    Settings::Http::Tls settings;
    std::shared_ptr<TlsContext> context;  // null: there is no TLS
    std::string fault;                    // why the files cannot be used, if `context` is the one of before
  };
  // The Problem: other files are named now, and they cannot be used.
  Result<Next> prepare(const Settings::Http::Tls& settings) const;
  // True: clients get to see another certificate than before. Any thread, one at a time.
  bool commit(Next next);

  // For the next connection. Null: there is no TLS. Any thread.
  std::shared_ptr<TlsContext> current() const;

 private:
  // What tells one state of a file from another.
  struct Stamp {
    std::uint64_t file = 0, size = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  static std::vector<Stamp> stamps_of(const Settings::Http::Tls& settings);
  void look();
  void report() const;

  const Clock& clock_;
  Health& health_;
  const std::chrono::milliseconds interval_;
  mutable std::mutex mutex_;
  std::condition_variable_any stopped_;
  Next now_;
  std::vector<Stamp> stamps_;
  std::jthread thread_;  // the last, so that it ends first
};

}  // namespace sinkfeed
