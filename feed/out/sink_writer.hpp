// Says records to a receiver in its protocol.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "config/result.hpp"
#include "feed/out/sink_channel.hpp"
#include "store/history_record.hpp"

namespace sinkfeed {

class SinkWriter {
 public:
  virtual ~SinkWriter() = default;

  // The channel is open: what the protocol says first.
  virtual Result<void> greet() = 0;
  // All of them are in the kernel afterwards; how many bytes that were. 0: the protocol has nothing to say of them.
  virtual Result<std::size_t> write(const std::vector<QueryRecord>& records) = 0;
  // What the protocol says at the end. True: the other side has said that it has read all.
  virtual bool part() = 0;
};

// The channel must outlive it.
std::unique_ptr<SinkWriter> make_sink_writer(const SinkSettings& settings, SinkChannel& channel);

}  // namespace sinkfeed
