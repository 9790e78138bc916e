// The web page: / and /page/…, files that are the same for everybody. What they show comes over the API.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "feed/content_coding.hpp"
#include "feed/http_message.hpp"
#include "feed/web_files.hpp"

namespace sinkfeed {

class PageRoutes {
 public:
  // Whether the path is one of the page's; "/" is, for those who accept HTML.
  static bool has(const HttpRequest& request);
  // Any thread. The first answer of each file takes as long as packing it.
  HttpAnswer answer(const HttpRequest& request) const;

 private:
  using Body = std::shared_ptr<const std::string>;
  Body body_of(const WebFile& file, Coding coding) const;

  mutable std::mutex mutex_;
  mutable std::map<std::pair<std::string_view, Coding>, Body> bodies_;
};

}  // namespace sinkfeed
