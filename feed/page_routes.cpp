#include "feed/page_routes.hpp"

#include <fmt/format.h>
#include <xxhash.h>

namespace sinkfeed {

namespace {

constexpr std::string_view kFolder = "/page/", kIndex = "index.html";
// Nothing from elsewhere, no script or style but our files, in nobody's frame: a name that somebody looked up is text,
// whatever is in it.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view media_type_of(std::string_view path) {
  const std::string_view ending = path.substr(path.rfind('.') + 1);
  if (ending == "html") return "text/html; charset=utf-8";
  if (ending == "css") return "text/css; charset=utf-8";
  if (ending == "js") return "text/javascript; charset=utf-8";
  if (ending == "svg") return "image/svg+xml";
  return "application/octet-stream";
}

std::string tag_of(const WebFile& file, Coding coding) {
  const std::string_view name = coding == Coding::identity ? "" : coding_name(coding);
  return fmt::format("\"{:016x}{}{}\"", XXH3_64bits(file.bytes.data(), file.bytes.size()), name.empty() ? "" : "-",
                     name);
}

}  // namespace

bool PageRoutes::has(const HttpRequest& request) {
  return request.path.starts_with(kFolder) ||
         (request.path == "/" && request.accept.find("text/html") != std::string::npos);
}

PageRoutes::Body PageRoutes::body_of(const WebFile& file, Coding coding) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = bodies_.find({file.path, coding}); found != bodies_.end()) return found->second;
  }
  std::string bytes(file.bytes);
  if (coding != Coding::identity) {
    std::string packed = encoded(coding, bytes, Effort::most);
    if (packed.empty()) return nullptr;
    bytes = std::move(packed);
  }
  const std::lock_guard lock(mutex_);
  return bodies_.try_emplace({file.path, coding}, std::make_shared<const std::string>(std::move(bytes))).first->second;
}

HttpAnswer PageRoutes::answer(const HttpRequest& request) const {
  const std::string_view path = request.path == "/" ? kIndex : std::string_view(request.path).substr(kFolder.size());
  const WebFile* const file = find_web_file(path);
  if (!file) return text_answer(404, "there is no such file of the page; it is at /\n");
  Coding coding = wanted_coding(request.accept_encoding);
  Body body = body_of(*file, coding);
  if (!body) body = body_of(*file, coding = Coding::identity);
  HttpAnswer answer;
  answer.media_type = media_type_of(path);
  const std::string tag = tag_of(*file, coding);
  answer.headers = {{"ETag", tag},
                    {"Cache-Control", "no-cache"},
                    {"Vary", "Accept, Accept-Encoding"},
                    {"Content-Security-Policy", kPolicy},
                    {"X-Content-Type-Options", "nosniff"},
                    {"Referrer-Policy", "no-referrer"},
                    {"Cross-Origin-Resource-Policy", "same-origin"}};
  if (coding != Coding::identity) answer.headers.emplace_back("Content-Encoding", coding_name(coding));
  if (!request.if_none_match.empty() && client_has_it(request, tag, WallTime())) {
    answer.status = 304;
    return answer;
  }
  answer.body = std::move(body);
  return answer;
}

}  // namespace sinkfeed
