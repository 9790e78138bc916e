// Where the history's records are sent as they come: [[history.sink]] of the settings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sinkfeed {

class TomlSection;

enum class SinkType : std::uint8_t { dnstap, syslog };
std::string_view sink_type_name(SinkType type);

// What a syslog message says the event in.
enum class EventFormat : std::uint8_t { ecs, cef, leef };
std::string_view event_format_name(EventFormat format);

enum class SinkTransport : std::uint8_t { unix_socket, udp, tcp, tls };

struct SinkSettings {
  SinkType type = SinkType::syslog;
  std::string address;  // as written: "unix:/run/dnstap.sock", "tls://siem.example:6514"
  // The same, taken apart.
  SinkTransport transport = SinkTransport::udp;
  std::string host;  // a name or an address; of a unix socket its path
  std::uint16_t port = 0;
  EventFormat format = EventFormat::ecs;  // of syslog
  std::vector<std::string> verdicts;      // only records with one of them, and gaps; empty: all
  // Files, PEM, of tls. Made absolute by the loader. ca empty: the system's authorities; certificate empty: none is
  // shown.
  std::filesystem::path ca, certificate, key;

  // What it is known as, in the store, in metrics and in sentences: "syslog tls://siem.example:6514".
  std::string name() const;
  bool operator==(const SinkSettings&) const = default;
};

// `section`: [history]; relative paths are those of the folder of `file`.
void read_sinks(TomlSection& section, std::vector<SinkSettings>& sinks, const std::filesystem::path& file);

}  // namespace sinkfeed
