#include "feed/rendered_answer.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include "feed/content_coding.hpp"

namespace sinkfeed {

HttpAnswer rendered_answer(const HttpRequest& request, std::string body, std::string_view media_type) {
  const XXH128_hash_t hash = XXH3_128bits(body.data(), body.size());
  Coding coding = wanted_coding(request.accept_encoding);
  std::string coded = coding == Coding::identity ? std::string() : encoded(coding, body);
  if (coded.empty() || coded.size() >= body.size()) coding = Coding::identity;
  const std::string tag =
      fmt::format("\"{:016x}{:016x}{}{}\"", hash.high64, hash.low64, coding == Coding::identity ? "" : "-",
                  coding == Coding::identity ? "" : coding_name(coding));
  HttpAnswer answer;
  answer.media_type = media_type;
  answer.headers = {{"ETag", tag}, {"Cache-Control", "no-cache"}, {"Vary", "Accept, Accept-Encoding"}};
  if (!request.if_none_match.empty() && client_has_it(request, tag, WallTime())) {
    answer.status = 304;
    return answer;
  }
  if (coding != Coding::identity) answer.headers.emplace_back("Content-Encoding", coding_name(coding));
  answer.body = std::make_shared<const std::string>(coding == Coding::identity ? std::move(body) : std::move(coded));
  return answer;
}

}  // namespace sinkfeed
