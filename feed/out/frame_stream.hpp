// A Frame Stream (the framing of dnstap), written by libfstrm to wherever the caller sends it.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

struct fstrm_writer;
struct fstrm_rdwr;

namespace sinkfeed {

class FrameStream {
 public:
  // Each returns false if it could not; the stream is then of no use any more.
  using Send = std::function<bool(std::string_view bytes)>;
  using Receive = std::function<bool(char* into, std::size_t count)>;  // exactly so many

  // With `receive`, both sides shake hands at the start (READY, ACCEPT) and at the end (STOP, FINISH: the reader has
  // had all); without, as in files, the reader says nothing.
  FrameStream(std::string_view content_type, Send send, Receive receive);
  FrameStream(const FrameStream&) = delete;
  FrameStream& operator=(const FrameStream&) = delete;

  bool open();
  bool write(std::string_view frame);
  bool close();

 private:
  struct Ways {
    Send send;
    Receive receive;
  };
  struct End {
    void operator()(fstrm_writer* writer) const;
  };

  Ways ways_;
  std::unique_ptr<fstrm_writer, End> writer_;
};

}  // namespace sinkfeed
