#include "feed/out/csv_rows.hpp"

#include <fmt/format.h>

#include <iterator>

#include "feed/out/event_facts.hpp"

namespace sinkfeed {

namespace {

// What others have chosen, as one cell.
std::string cell(std::string_view text) {
  std::string safe;
  if (!text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos) safe = "'";
  safe += text;
  if (safe.find_first_of(",\"\r\n;") == std::string::npos) return safe;
  std::string quoted = "\"";
  for (const char c : safe) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

std::string_view csv_header() {
  return "kind,time,client,port,transport,name,type,verdict,rule,rcode,ede,answers,origin,upstream,latency_us,lost\r\n";
}

void append_csv_row(std::string& to, const QueryRecord& r) {
  if (r.kind == QueryRecord::Kind::gap) {
    fmt::format_to(std::back_inserter(to), "gap,{},,,,,,,{},,,,,,,{}\r\n", format_time(r.time), cell(r.rule),
                   r.gap_count);
    return;
  }
  fmt::format_to(std::back_inserter(to), "query,{},{},{},{},{},{},{},{},{},{},{},{},{},{},\r\n", format_time(r.time),
                 r.client.text(), r.client_port, transport_name(r.transport), cell(r.name.text()), type_name(r.type),
                 verdict_name(r.verdict), cell(r.rule), rcode_name(r.rcode), r.ede ? fmt::format("{}", *r.ede) : "",
                 cell(answers_text(r, SIZE_MAX, "; ")), origin_name(r.origin), r.upstream ? r.upstream->text() : "",
                 r.latency_us);
}

}  // namespace sinkfeed
