#include "config/sink_settings.hpp"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>

#include "config/toml_file.hpp"

namespace sinkfeed {

namespace {

using Empty = TomlSection::Empty;

constexpr std::uint16_t kSyslog = 514, kSyslogTls = 6514, kDnstap = 6000;

Result<SinkType> parse_type(std::string_view text) {
  for (const auto type : {SinkType::dnstap, SinkType::syslog}) {
    if (sink_type_name(type) == text) return type;
  }
  return Problem{fmt::format("\"{}\" is no type of a sink; write dnstap or syslog", text)};
}

Result<EventFormat> parse_format(std::string_view text) {
  for (const auto format : {EventFormat::ecs, EventFormat::cef, EventFormat::leef}) {
    if (event_format_name(format) == text) return format;
  }
  return Problem{fmt::format("\"{}\" is no format of events; write ecs, cef or leef", text)};
}

Result<std::string> parse_verdict_name(std::string_view text) {
  for (const std::string_view verdict : {"pass", "sinkhole", "refuse", "local"}) {
    if (verdict == text) return Result<std::string>(boost::system::in_place_value, text);
  }
  return Problem{fmt::format("\"{}\" is no verdict; there are pass, sinkhole, refuse and local", text)};
}

Result<std::string> any_text(std::string_view text) { return Result<std::string>(boost::system::in_place_value, text); }

// "siem.example:6514", "[2001:db8::1]:6514", without a port if `usual` will do.
bool split_host(std::string_view text, std::uint16_t usual, SinkSettings& sink) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos) return false;
    sink.host = text.substr(1, bracket - 1);
    text.remove_prefix(bracket + 1);
    if (!text.empty() && !text.starts_with(':')) return false;
    port = text.empty() ? text : text.substr(1);
    if (!text.empty() && port.empty()) return false;
  } else {
    const auto colon = text.find(':');
    sink.host = text.substr(0, colon);
    if (colon != std::string_view::npos) port = text.substr(colon + 1);
    if (colon != std::string_view::npos && port.empty()) return false;
  }
  sink.port = usual;
  if (!port.empty()) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), sink.port);
    if (error != std::errc() || end != port.data() + port.size() || sink.port == 0) return false;
  }
  const auto is_odd = [](char c) { return c <= ' ' || c > '~' || c == '/' || c == '@'; };
  return !sink.host.empty() && std::none_of(sink.host.begin(), sink.host.end(), is_odd);
}

// Takes the address apart; a sentence if it cannot be.
std::string read_address(SinkSettings& sink) {
  const std::string_view text = sink.address;
  const bool is_dnstap = sink.type == SinkType::dnstap;
  const auto wrong = [&] {
    return fmt::format(
        "\"{}\" is no address that a {} sink can have; write {}", text, sink_type_name(sink.type),
        is_dnstap ? "unix:/PATH or tcp://HOST:PORT" : "udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT");
  };
  if (is_dnstap && text.starts_with("unix:")) {
    sink.transport = SinkTransport::unix_socket;
    sink.host = text.substr(5);
    if (!sink.host.starts_with('/')) return wrong();
    if (sink.host.size() >= sizeof(sockaddr_un::sun_path))
      return fmt::format("the path of \"{}\" is longer than a socket's may be, {} characters", text,
                         sizeof(sockaddr_un::sun_path) - 1);
    return "";
  }
  struct Scheme {
    std::string_view text;
    SinkTransport transport;
    std::uint16_t port;
    bool of_dnstap;
  };
  for (const Scheme& scheme : {Scheme{"udp://", SinkTransport::udp, kSyslog, false},
                               Scheme{"tcp://", SinkTransport::tcp, is_dnstap ? kDnstap : kSyslog, true},
                               Scheme{"tls://", SinkTransport::tls, kSyslogTls, false}}) {
    if (!text.starts_with(scheme.text) || (is_dnstap && !scheme.of_dnstap)) continue;
    sink.transport = scheme.transport;
    return split_host(text.substr(scheme.text.size()), scheme.port, sink) ? "" : wrong();
  }
  return wrong();
}

void read_sink(TomlSection& section, SinkSettings& sink, const std::filesystem::path& file) {
  const bool is_typed = section.require("type", sink.type, parse_type);
  if (section.require("address", sink.address, any_text) && is_typed) {
    if (const std::string wrong = read_address(sink); !wrong.empty()) section.complain("address", wrong);
  }
  section.read("format", sink.format, parse_format);
  if (is_typed && sink.type == SinkType::dnstap && section.find("format"))
    section.complain("format", "is for syslog; a dnstap sink has a format of its own");
  section.read_list("verdicts", sink.verdicts, Empty::refused, parse_verdict_name);
  for (const auto& [key, into] :
       {std::pair{"ca", &sink.ca}, std::pair{"certificate", &sink.certificate}, std::pair{"key", &sink.key}}) {
    if (!section.find(key)) continue;
    section.read_path(key, *into, file);
    if (sink.transport != SinkTransport::tls) section.complain(key, "is for an address that begins with tls://");
  }
  if (sink.certificate.empty() != sink.key.empty())
    section.complain(sink.key.empty() ? "certificate" : "key", "takes both, certificate and key, or none");
}

}  // namespace

std::string_view sink_type_name(SinkType type) { return type == SinkType::dnstap ? "dnstap" : "syslog"; }

std::string_view event_format_name(EventFormat format) {
  switch (format) {
    case EventFormat::ecs:
      return "ecs";
    case EventFormat::cef:
      return "cef";
    case EventFormat::leef:
      return "leef";
  }
  return "";
}

std::string SinkSettings::name() const { return fmt::format("{} {}", sink_type_name(type), address); }

void read_sinks(TomlSection& section, std::vector<SinkSettings>& sinks, const std::filesystem::path& file) {
  for (TomlSection& one : section.sections("sink")) {
    SinkSettings sink;
    read_sink(one, sink, file);
    const auto same = [&](const SinkSettings& other) { return other.name() == sink.name(); };
    if (std::any_of(sinks.begin(), sinks.end(), same))
      one.complain("address", fmt::format("{} is there twice; remove one of the two", sink.name()));
    sinks.push_back(std::move(sink));
  }
}

}  // namespace sinkfeed
