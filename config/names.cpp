// The names that settings, profiles and reports use for the fixed choices.
#include "config/profile.hpp"
#include "config/settings.hpp"

namespace sinkfeed {

std::string_view tier_name(Tier tier) {
  switch (tier) {
    case Tier::core:
      return "core";
    case Tier::web:
      return "web";
    case Tier::media:
      return "media";
    case Tier::successor:
      return "successor";
  }
  return "";
}

std::string_view match_name(Match match) {
  switch (match) {
    case Match::exact:
      return "exact";
    case Match::suffix:
      return "suffix";
    case Match::srv:
      return "srv";
    case Match::no_data:
      return "nodata";
  }
  return "";
}

std::string_view block_mode_name(BlockMode mode) {
  switch (mode) {
    case BlockMode::sinkhole:
      return "sinkhole";
    case BlockMode::null_ip:
      return "null_ip";
    case BlockMode::nxdomain:
      return "nxdomain";
    case BlockMode::nodata:
      return "nodata";
    case BlockMode::refused:
      return "refused";
  }
  return "";
}

std::string_view history_privacy_name(HistoryPrivacy privacy) {
  switch (privacy) {
    case HistoryPrivacy::full:
      return "full";
    case HistoryPrivacy::hash_client:
      return "hash_client";
    case HistoryPrivacy::drop_client:
      return "drop_client";
  }
  return "";
}

std::string_view feed_access_name(FeedAccess access) {
  switch (access) {
    case FeedAccess::networks:
      return "networks";
    case FeedAccess::token:
      return "token";
  }
  return "";
}

std::string_view client_certificates_name(ClientCertificates wanted) {
  switch (wanted) {
    case ClientCertificates::none:
      return "none";
    case ClientCertificates::optional:
      return "optional";
    case ClientCertificates::required:
      return "required";
  }
  return "";
}

std::string_view aging_name(Aging aging) {
  switch (aging) {
    case Aging::window:
      return "window";
    case Aging::ttl:
      return "ttl";
    case Aging::never:
      return "never";
  }
  return "";
}

}  // namespace sinkfeed
