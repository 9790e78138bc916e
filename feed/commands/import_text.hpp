// What an import found and what came of it, as text and as JSON.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "feed/imports/selection.hpp"
#include "store/observation.hpp"

namespace sinkfeed {

struct Import {
  std::string file;                       // as it is shown; empty if there is none
  std::optional<std::size_t> read;        // connections in it
  std::optional<std::size_t> considered;  // of these, those of `whose`
  std::string whose;                      // "googletalk.exe", "process 1234", "10.0.0.7"
  std::vector<Endpoint> addresses;        // port 0: none is known
  std::vector<Selection::LeftOut> left_out;
  Complaints complaints;
  VantageKind vantage = VantageKind::hand;
  std::string detail;  // where the addresses were seen
};

// `answer`: what POST ips/observed gave.
std::string import_text(const Import& found, const boost::json::value& answer);
boost::json::object import_value(const Import& found, const boost::json::value& answer);
// Why there is nothing to send: "of 12 connections read, none is of googletalk.exe".
std::string nothing_text(const Import& found);
// For standard error; empty if there are none.
std::string complaints_text(const Import& found);

}  // namespace sinkfeed
