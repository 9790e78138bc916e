#include "feed/certificate_keeper.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <utility>

#include "config/thread_priority.hpp"

namespace sinkfeed {

namespace {

constexpr auto kAlarm = std::chrono::hours(24) * 21;

}  // namespace

CertificateKeeper::CertificateKeeper(const Clock& clock, Health& health, std::chrono::milliseconds interval)
    : clock_(clock), health_(health), interval_(interval), thread_([this](const std::stop_token& stop) {
        enter_background("tls");
        std::unique_lock lock(mutex_);
        while (!stopped_.wait_for(lock, stop, interval_, [&] { return stop.stop_requested(); })) {
          lock.unlock();
          look();
          lock.lock();
        }
      }) {}

std::vector<CertificateKeeper::Stamp> CertificateKeeper::stamps_of(const Settings::Http::Tls& settings) {
  std::vector<Stamp> stamps;
  for (const auto* file : {&settings.certificate, &settings.key, &settings.client_ca}) {
    struct stat found {};
    if (stat(file->c_str(), &found) != 0) found = {};
    stamps.push_back({found.st_ino, static_cast<std::uint64_t>(found.st_size),
                      found.st_mtim.tv_sec * 1'000'000'000LL + found.st_mtim.tv_nsec});
  }
  return stamps;
}

Result<CertificateKeeper::Next> CertificateKeeper::prepare(const Settings::Http::Tls& settings) const {
  if (settings.listen.empty()) return Next{settings, nullptr, ""};
  auto read = TlsContext::read(settings);
  if (read) return Next{settings, std::move(*read), ""};
  const std::lock_guard lock(mutex_);
  Settings::Http::Tls same = settings;
  same.listen = now_.settings.listen;
  if (!now_.context || same != now_.settings) return read.error();
  return Next{settings, now_.context, read.error().what};
}

bool CertificateKeeper::commit(Next next) {
  auto stamps = stamps_of(next.settings);
  bool is_another = false;
  {
    const std::lock_guard lock(mutex_);
    is_another = next.context && now_.context && !next.context->has_certificate_of(*now_.context);
    now_ = std::move(next);
    stamps_ = std::move(stamps);
  }
  report();
  return is_another;
}

std::shared_ptr<TlsContext> CertificateKeeper::current() const {
  const std::lock_guard lock(mutex_);
  return now_.context;
}

void CertificateKeeper::look() {
  Settings::Http::Tls settings;
  {
    const std::lock_guard lock(mutex_);
    if (!now_.context) return;
    settings = now_.settings;
  }
  // Before they are read: what changes meanwhile is read the next time.
  auto stamps = stamps_of(settings);
  bool is_to_be_read = false;
  {
    const std::lock_guard lock(mutex_);
    is_to_be_read = stamps != stamps_ || !now_.fault.empty();
  }
  if (is_to_be_read) {
    auto read = TlsContext::read(settings);
    const std::lock_guard lock(mutex_);
    if (now_.settings != settings) return;  // a reload was quicker
    stamps_ = std::move(stamps);
    now_.fault = read ? "" : read.error().what;
    if (read) {
      now_.context = std::move(*read);
      spdlog::info("tls: the files were read anew; the certificate of {} is good until {}", now_.context->name(),
                   format_second(now_.context->ends()));
    }
  }
  report();
}

void CertificateKeeper::report() const {
  std::string problem, warning;
  {
    const std::lock_guard lock(mutex_);
    if (now_.context) {
      const WallTime now = clock_.wall(), begins = now_.context->begins(), ends = now_.context->ends();
      const std::string which =
          fmt::format("the certificate of {} in {}", now_.context->name(), now_.settings.certificate.string());
      if (!now_.fault.empty())
        warning = fmt::format("{}; the one of before goes on, it is good until {}", now_.fault, format_second(ends));
      else if (ends > now && ends - now <= kAlarm)
        warning = fmt::format("{} ends at {}, in {} days; put a new one there", which, format_second(ends),
                              std::chrono::floor<std::chrono::days>(ends - now).count());
      if (ends <= now)
        problem = fmt::format("{} has expired at {}: firewalls that look get no list any more; put a new one there",
                              which, format_second(ends));
      else if (begins > now)
        problem = fmt::format("{} is good from {} on; is this machine's clock right?", which, format_second(begins));
    }
  }
  health_.report("tls", problem);
  health_.warn("tls", warning);
}

}  // namespace sinkfeed
