#include "feed/out/frame_stream.hpp"

#include <fstrm.h>

#include <span>
#include <utility>

namespace sinkfeed {

namespace {

fstrm_res outcome(bool done) { return done ? fstrm_res_success : fstrm_res_failure; }

}  // namespace

// Ends the stream too, if close() did not.
void FrameStream::End::operator()(fstrm_writer* writer) const { fstrm_writer_destroy(&writer); }

FrameStream::FrameStream(std::string_view content_type, Send send, Receive receive)
    : ways_{std::move(send), std::move(receive)} {
  fstrm_rdwr* ways = fstrm_rdwr_init(&ways_);
  fstrm_rdwr_set_open(ways, [](void*) { return fstrm_res_success; });
  fstrm_rdwr_set_close(ways, [](void*) { return fstrm_res_success; });
  fstrm_rdwr_set_write(ways, [](void* of, const struct iovec* parts, int count) {
    for (const iovec& part : std::span(parts, static_cast<std::size_t>(count))) {
      if (!static_cast<Ways*>(of)->send({static_cast<const char*>(part.iov_base), part.iov_len}))
        return fstrm_res_failure;
    }
    return fstrm_res_success;
  });
  if (ways_.receive) {
    fstrm_rdwr_set_read(ways, [](void* of, void* into, std::size_t count) {
      return outcome(static_cast<Ways*>(of)->receive(static_cast<char*>(into), count));
    });
  }
  fstrm_writer_options* options = fstrm_writer_options_init();
  fstrm_writer_options_add_content_type(options, content_type.data(), content_type.size());
  writer_.reset(fstrm_writer_init(options, &ways));
  fstrm_writer_options_destroy(&options);
}

bool FrameStream::open() { return fstrm_writer_open(writer_.get()) == fstrm_res_success; }

bool FrameStream::write(std::string_view frame) {
  return fstrm_writer_write(writer_.get(), frame.data(), frame.size()) == fstrm_res_success;
}

bool FrameStream::close() { return fstrm_writer_close(writer_.get()) == fstrm_res_success; }

}  // namespace sinkfeed
