#include "feed/settings_check.hpp"

#include "feed/out/sink_channel.hpp"
#include "feed/tls_context.hpp"

namespace sinkfeed {

Result<void> check_feed_settings(const Settings& settings) {
  if (!settings.http.tls.listen.empty()) {
    if (const auto read = TlsContext::read(settings.http.tls); !read) return read.error();
  }
  for (const SinkSettings& sink : settings.history.sinks) {
    if (auto usable = SinkChannel::check(sink); !usable) return usable;
  }
  return {};
}

}  // namespace sinkfeed
