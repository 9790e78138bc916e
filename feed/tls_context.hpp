// What TLS connections are made with: the server's certificate and key, and which certificates of clients are good.
// TLS 1.2 and 1.3, the library's ciphers; sessions are resumed by tickets for an hour.
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "config/clock.hpp"
#include "config/settings.hpp"
#include "feed/http_message.hpp"

namespace sinkfeed {

class TlsContext {
 public:
  // Reads the files that the settings name. The Problem says which of them cannot be used, and why. An expired
  // certificate can: that is for whoever watches over it.
  static Result<std::shared_ptr<TlsContext>> read(const Settings::Http::Tls& tls);

  boost::asio::ssl::context& context() { return context_; }
  // What the certificate is of: the common name of its subject.
  const std::string& name() const { return name_; }
  // The time in which it is good, with the whole chain that is sent.
  WallTime begins() const { return begins_; }
  WallTime ends() const { return ends_; }
  bool has_certificate_of(const TlsContext& other) const;

 private:
  TlsContext();
  boost::asio::ssl::context context_;
  std::string name_;
  WallTime begins_{}, ends_{};
};

// What the client of this connection has shown.
ClientCertificate certificate_of_client(const SSL* ssl);

}  // namespace sinkfeed
