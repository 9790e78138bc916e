// What is served under /feed/: feeds, their sidecars and changes, to whoever the settings let fetch them.
//
//   /feed/NAME.FORMAT            ?family=4|6 &aggregation=none|lossless &form=prefixes|ranges
//                                &generation=N: as it was then;  &since=N: what has changed since (feed/feed_delta.hpp)
//   /feed/NAME.FORMAT.md5 .sha256 .minisig
//   /feed/NAME.events            ?family= &aggregation= &since=N (or Last-Event-ID): its changes (feed/feed_events.hpp)
//   /feed/sinkfeed.pub           what minisign checks the last with
//
// Errors are one line that begins with # and holds no address: some firewalls read it as a list. Nothing here answers
// with a redirect, and 200 only with a complete list.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/feed_definition.hpp"
#include "feed/edition_pins.hpp"
#include "feed/feed_events.hpp"
#include "feed/http_message.hpp"
#include "feed/sidecars.hpp"
#include "feed/snapshots.hpp"
#include "store/store.hpp"
#include "store/subscribers.hpp"

namespace sinkfeed {

HttpAnswer feed_error(unsigned status, std::string_view what);

class FeedRoutes {
 public:
  static constexpr std::string_view kFolder = "/feed/";

  // All of it outlives it. Null: nobody can follow a feed here.
  FeedRoutes(const Store& store, Snapshots& snapshots, FeedEvents* events)
      : store_(store), snapshots_(snapshots), events_(events) {}

  // Any thread. The request is a GET of a path in kFolder, and the client may make it.
  HttpAnswer answer(const HttpRequest& request) const;
  // Whether that takes no time worth a thread of its own.
  bool is_ready(const HttpRequest& request) const;
  // What a subscriber's file ("google-talk.txt?family=4") holds now; nothing if there is no such feed any more, or none
  // that would be sent. Any thread.
  std::optional<FeedEdition> newest(std::string_view subscribed) const;

 private:
  // A path taken apart.
  struct Wanted {
    std::string file;  // "google-talk.txt"
    const FeedDefinition* feed = nullptr;
    const FeedFormat* format = nullptr;
    FeedWishes wishes;
    std::optional<Sidecar> sidecar;
    bool events = false;  // `format` is then the one whose changes they tell
    std::optional<std::uint64_t> generation, since;
    std::shared_ptr<const Configuration> configuration;  // owns `feed`
  };
  std::optional<Wanted> wanted(const HttpRequest& request, HttpAnswer& refusal) const;
  bool is_too_stale(const Wanted& wanted) const;
  // `given`: what the answer is of, if it is of one.
  HttpAnswer answer(const HttpRequest& request, const Wanted& wanted, std::shared_ptr<const Snapshot>& given) const;
  void count(const HttpRequest& request, const Wanted& wanted, const Snapshot* given, HttpAnswer& answer) const;
  HttpAnswer body(const HttpRequest& request, const std::shared_ptr<const Snapshot>& snapshot) const;
  HttpAnswer past(const Wanted& wanted) const;
  HttpAnswer changes(const Wanted& wanted, const std::shared_ptr<const Snapshot>& newest) const;
  HttpAnswer events(const HttpRequest& request, const Wanted& wanted) const;
  HttpAnswer sidecar(const HttpRequest& request, const Wanted& wanted,
                     const std::shared_ptr<const Snapshot>& snapshot) const;

  const Store& store_;
  Snapshots& snapshots_;
  FeedEvents* events_;
  mutable EditionPins pins_;
};

}  // namespace sinkfeed
