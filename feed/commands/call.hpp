// One call of the program, as the command line gave it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/address.hpp"
#include "feed/api.hpp"

namespace sinkfeed {

// Options that every command takes.
struct GlobalOptions {
  std::filesystem::path config;      // the settings file
  std::optional<std::string> state;  // instead of store.path
  std::optional<Endpoint> http;      // where the daemon's HTTP is, instead of http.listen
  bool json = false;
};

struct ServeOptions {
  std::optional<std::uint16_t> port, http_port;  // instead of the ports of dns.listen and http.listen
};

// Of ips import and ips add.
struct ImportOptions {
  std::string file, tasklist;  // "-": standard input
  std::vector<std::uint32_t> pids;
  std::string process, profile, client, reason;
  std::vector<std::uint16_t> ports;  // instead of the profile's
  std::vector<std::string> addresses;
};

// Of ips hold, release, allow, forget and undo.
struct DecisionOptions {
  std::vector<std::string> addresses;
  std::string profile, time, reason;
};

struct TokenOptions {
  std::string name, expires, overlap;
  std::vector<std::string> scopes;
};

// Of feed compare.
struct CompareOptions {
  std::string file, feed, family, format;
  std::vector<std::string> sets;
};

// Of subscribers forget.
struct ForgetOptions {
  std::string address, feed;
};

// Of agent nftables and agent ipset.
struct AgentOptions {
  std::string url, token, token_file, ca, certificate, key, family, set;
  std::string table = "sinkfeed", check = "5m";
  bool sets_only = false, once = false;
};

// Of history verify, hold, release and erase.
struct EvidenceOptions {
  std::string since, until, against, client, reason;
  std::uint64_t hold = 0;
};

struct Call {
  std::string command;  // "status", "ips list", "ips import netstat"
  GlobalOptions options;
  ServeOptions serve;
  ImportOptions imports;
  DecisionOptions decision;
  TokenOptions token;
  CompareOptions compare;
  ForgetOptions forget;
  AgentOptions agent;
  EvidenceOptions evidence;
  Parameters parameters;           // of the API call that the command makes
  std::string subject;             // what is queried, explained or shown
  std::string type = "A";          // of query
  std::optional<Endpoint> server;  // of query
  std::string format;              // of feed show and history export; empty if it was not given
  std::string output;              // of history export; empty: standard output
  bool count = false;              // of history search
  bool is_signed = false;          // of history export
};

}  // namespace sinkfeed
