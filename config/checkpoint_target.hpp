// Where checkpoints of the history are sent, beside the store: history.checkpoints of the settings.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "config/address.hpp"
#include "config/result.hpp"

namespace sinkfeed {

struct CheckpointTarget {
  enum class Kind : std::uint8_t { file, syslog_udp, syslog_tcp };
  Kind kind = Kind::file;
  std::filesystem::path file;  // absolute
  Endpoint host;               // of syslog

  // "file:/var/log/checkpoints", "syslog:udp://192.0.2.9:514", "syslog:tcp://[2001:db8::9]:601" (without a port: 514).
  // Hosts are addresses: for a name this very server would be asked.
  static Result<CheckpointTarget> parse(std::string_view text);
  std::string text() const;
  bool operator==(const CheckpointTarget&) const = default;
};

}  // namespace sinkfeed
