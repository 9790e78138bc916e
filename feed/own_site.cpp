#include "feed/own_site.hpp"

#include <strings.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace sinkfeed {

namespace {

bool equal(std::string_view one, std::string_view other) {
  return one.size() == other.size() && strncasecmp(one.data(), other.data(), one.size()) == 0;
}

// As uname has it; set once for a machine, but it may be set late.
bool is_name_of_this_machine(std::string_view name) {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) return false;
  const std::string_view whole = host.data();
  if (whole.empty()) return false;
  return equal(name, whole) || equal(name, whole.substr(0, whole.find('.')));
}

}  // namespace

bool is_asked_as_ours(const HttpRequest& request) {
  if (request.host.empty() || Endpoint::parse(request.host, 80)) return true;
  const std::string_view name = std::string_view(request.host).substr(0, request.host.rfind(':'));
  return equal(name, "localhost") || is_name_of_this_machine(name);
}

bool is_of_another_site(const HttpRequest& request) {
  if (request.origin.empty()) return false;
  return !is_asked_as_ours(request) || request.origin != (request.is_tls ? "https://" : "http://") + request.host;
}

}  // namespace sinkfeed
