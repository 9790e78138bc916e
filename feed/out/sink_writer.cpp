#include "feed/out/sink_writer.hpp"

#include <unistd.h>

#include <array>
#include <thread>

#include "feed/out/dnstap_event.hpp"
#include "feed/out/frame_stream.hpp"
#include "feed/out/syslog_message.hpp"

namespace sinkfeed {

namespace {

constexpr std::chrono::seconds kGreeting{5}, kParting{2};
// 25,600 datagrams a second at most: so many at once as a receiver's buffer holds, then it may read them.
constexpr std::size_t kDatagramsAtOnce = 128;
constexpr std::chrono::milliseconds kBreath{5};

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

// Frames of one batch are gathered and sent together.
class DnstapWriter final : public SinkWriter {
 public:
  explicit DnstapWriter(SinkChannel& channel)
      : channel_(channel),
        frames_(
            kDnstapContent, [this](std::string_view bytes) { return unsent_ += bytes, true; },
            [this](char* into, std::size_t count) { return receive(into, count); }) {}

  Result<void> greet() override {
    if (frames_.open() && flush()) return {};
    return problem_.what.empty() ? Problem{"it does not take dnstap"} : problem_;
  }

  Result<std::size_t> write(const std::vector<QueryRecord>& records) override {
    for (const QueryRecord& record : records) {
      if (const std::string event = dnstap_event(record); !event.empty()) frames_.write(event);
    }
    const std::size_t size = unsent_.size();
    if (!flush()) return problem_;
    return size;
  }

  bool part() override {
    patience_ = kParting;
    channel_.begin_parting();
    return frames_.close();
  }

 private:
  // An answer of the reader's is waited for when all before it has been sent.
  bool receive(char* into, std::size_t count) {
    if (!flush()) return false;
    const auto received = channel_.receive(into, count, patience_);
    if (!received) problem_ = received.error();
    return received.has_value();
  }

  // Once that has failed it is not tried again: libfstrm says good-bye to a dead connection too.
  bool flush() {
    if (!problem_.what.empty()) return false;
    const auto sent = channel_.send(unsent_);
    unsent_.clear();
    if (!sent) problem_ = sent.error();
    return sent.has_value();
  }

  SinkChannel& channel_;
  std::string unsent_;
  Problem problem_;
  std::chrono::milliseconds patience_ = kGreeting;
  FrameStream frames_;
};

class SyslogStreamWriter final : public SinkWriter {
 public:
  SyslogStreamWriter(EventFormat format, SinkChannel& channel)
      : channel_(channel), syslog_(format, host_name(), ::getpid()) {}

  Result<void> greet() override { return {}; }
  Result<std::size_t> write(const std::vector<QueryRecord>& records) override {
    std::string bytes;
    for (const QueryRecord& record : records) syslog_.append_framed(bytes, record);
    if (const auto sent = channel_.send(bytes); !sent) return sent.error();
    return bytes.size();
  }
  bool part() override { return false; }

 private:
  SinkChannel& channel_;
  const SyslogWriter syslog_;
};

class SyslogDatagramWriter final : public SinkWriter {
 public:
  SyslogDatagramWriter(EventFormat format, SinkChannel& channel)
      : channel_(channel), syslog_(format, host_name(), ::getpid()) {}

  Result<void> greet() override { return {}; }
  Result<std::size_t> write(const std::vector<QueryRecord>& records) override {
    std::size_t bytes = 0, count = 0;
    for (const QueryRecord& record : records) {
      const std::string datagram = syslog_.datagram(record);
      if (const auto sent = channel_.send(datagram); !sent) return sent.error();
      if (channel_.has_ended()) return Problem{"it refuses the datagrams: nothing listens there"};
      bytes += datagram.size();
      if (++count % kDatagramsAtOnce == 0) std::this_thread::sleep_for(kBreath);
    }
    return bytes;
  }
  bool part() override { return false; }

 private:
  SinkChannel& channel_;
  const SyslogWriter syslog_;
};

}  // namespace

std::unique_ptr<SinkWriter> make_sink_writer(const SinkSettings& settings, SinkChannel& channel) {
  if (settings.type == SinkType::dnstap) return std::make_unique<DnstapWriter>(channel);
  if (settings.transport == SinkTransport::udp) return std::make_unique<SyslogDatagramWriter>(settings.format, channel);
  return std::make_unique<SyslogStreamWriter>(settings.format, channel);
}

}  // namespace sinkfeed
