#include "resolver/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

#include "resolver/resolver.hpp"

namespace sinkfeed {

namespace {

// Of one upstream server and worker: questions on their way each have a port of their own.
constexpr std::size_t kUpstreamPorts = 256;
constexpr std::size_t kUsualHttp = 128;
// RocksDB's files, the HTTP clients that are usual, rings, logs.
constexpr std::size_t kOthers = 256 + kUsualHttp + 64;
// epoll, timers, and a socket or two more of each kind while a reload changes them.
constexpr std::size_t kWorkersOwn = 32;
constexpr std::size_t kLeastConnections = 20;
// Of one receiver of the history: its socket, what wakes its thread, and finding its address.
constexpr std::size_t kSink = 4;

std::size_t needed_beside_tcp(const Settings& settings) {
  const auto workers = static_cast<std::size_t>(Resolver::worker_count(settings));
  const std::size_t upstream = settings.upstream.servers.size() * kUpstreamPorts;
  const std::size_t sinks = settings.history.sinks.size() * kSink;
  return kOthers + sinks + upstream +
         workers * (upstream + 2 * settings.dns.listen.size() + kWorkersOwn);  // the sweep's first
}

std::size_t of_tcp(const TcpLimits& limits, const Settings& settings) {
  return static_cast<std::size_t>(Resolver::worker_count(settings)) * (limits.connections + limits.strangers);
}

std::size_t size_of(rlim_t limit) {
  return limit == RLIM_INFINITY ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(limit);
}

}  // namespace

std::size_t descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return size_of(limit.rlim_cur);
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return descriptor_limit();
}

std::size_t descriptors_needed(const Settings& settings) {
  return needed_beside_tcp(settings) + of_tcp(TcpLimits{}, settings) + kHttpConnections - kUsualHttp;
}

std::size_t http_connections(std::size_t descriptors, const Settings& settings) {
  const std::size_t others =
      needed_beside_tcp(settings) - kUsualHttp + of_tcp(tcp_limits(descriptors, settings), settings);
  return std::clamp(descriptors - std::min(descriptors, others), kUsualHttp, kHttpConnections);
}

TcpLimits tcp_limits(std::size_t descriptors, const Settings& settings) {
  TcpLimits limits;
  const std::size_t beside = needed_beside_tcp(settings);
  const std::size_t left = descriptors > beside ? descriptors - beside : 0;
  const std::size_t share = left / static_cast<std::size_t>(Resolver::worker_count(settings));
  limits.strangers = std::clamp(share / 50, std::size_t{2}, limits.strangers);
  limits.connections = std::clamp(share - std::min(share, limits.strangers), kLeastConnections, limits.connections);
  limits.of_one_client = std::clamp(limits.connections / 5, std::size_t{10}, limits.of_one_client);
  return limits;
}

}  // namespace sinkfeed
