// Records of the history as syslog messages (RFC 5424): for datagrams (RFC 5426) and for streams, with their length in
// front (RFC 6587 3.4.1, RFC 5425).
#pragma once

#include <string>

#include "config/sink_settings.hpp"
#include "store/history_record.hpp"

namespace sinkfeed {

class SyslogWriter {
 public:
  // What every receiver should take in a datagram (RFC 5426 3.2).
  static constexpr std::size_t kDatagram = 2048;

  // `host`: this machine's name, as HOSTNAME.
  SyslogWriter(EventFormat format, std::string host, int process);

  // At most kDatagram bytes: of a record that is longer, answers are left out (the event says how many), and if that is
  // not enough its rule and its upstream server; what is sent is always a whole event.
  std::string datagram(const QueryRecord& record) const;
  // The whole record, with its length before it.
  void append_framed(std::string& to, const QueryRecord& record) const;

 private:
  std::string message(const QueryRecord& record, std::size_t most_answers) const;

  const EventFormat format_;
  const std::string host_, process_;
};

}  // namespace sinkfeed
