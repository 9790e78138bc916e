#include "config/checkpoint_target.hpp"

#include <fmt/format.h>

namespace sinkfeed {

namespace {

constexpr std::string_view kFile = "file:", kUdp = "syslog:udp://", kTcp = "syslog:tcp://";
constexpr std::uint16_t kSyslogPort = 514;

}  // namespace

Result<CheckpointTarget> CheckpointTarget::parse(std::string_view text) {
  CheckpointTarget target;
  if (text.starts_with(kFile)) {
    target.file = std::string(text.substr(kFile.size()));
    if (!target.file.is_absolute() || !target.file.has_filename())
      return Problem{fmt::format("\"{}\" names no file: after file: comes a path that begins with /", text)};
    return target;
  }
  if (!text.starts_with(kUdp) && !text.starts_with(kTcp))
    return Problem{
        fmt::format("\"{}\" is no place for checkpoints; there are file:/PATH, syslog:udp://ADDRESS:PORT and "
                    "syslog:tcp://ADDRESS:PORT",
                    text)};
  target.kind = text.starts_with(kUdp) ? Kind::syslog_udp : Kind::syslog_tcp;
  const auto host = Endpoint::parse(text.substr(kUdp.size()), kSyslogPort);
  if (!host) return host.error();
  target.host = *host;
  return target;
}

std::string CheckpointTarget::text() const {
  if (kind == Kind::file) return std::string(kFile) + file.string();
  return std::string(kind == Kind::syslog_udp ? kUdp : kTcp) + host.text();
}

}  // namespace sinkfeed
