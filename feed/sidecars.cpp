#include "feed/sidecars.hpp"

#include "feed/digests.hpp"
#include "store/sha256.hpp"

namespace sinkfeed {

namespace {

// Eight bytes by which minisign tells keys apart; any will do, so they are the key's own.
std::string number_of(const NodeKey& key) { return {reinterpret_cast<const char*>(key.public_key().data()), 8}; }

std::string minisig(const std::string& body, const std::string& what, const NodeKey& key) {
  const std::string signature = key.sign(digest_of(Digest::blake2b512, body));
  const std::string comment = key.sign(signature + what);
  if (signature.empty() || comment.empty()) return "";
  return "untrusted comment: signature of sinkfeed\n" + to_base64("ED" + number_of(key) + signature) +
         "\ntrusted comment: " + what + "\n" + to_base64(comment) + "\n";
}

}  // namespace

std::string_view sidecar_suffix(Sidecar sidecar) {
  switch (sidecar) {
    case Sidecar::md5:
      return ".md5";
    case Sidecar::sha256:
      return ".sha256";
    case Sidecar::minisig:
      return ".minisig";
  }
  return "";
}

std::optional<Sidecar> take_sidecar(std::string& path) {
  for (const Sidecar sidecar : kSidecars) {
    if (!path.ends_with(sidecar_suffix(sidecar))) continue;
    path.resize(path.size() - sidecar_suffix(sidecar).size());
    return sidecar;
  }
  return std::nullopt;
}

std::string sidecar_text(Sidecar sidecar, const std::string& body, const std::string& file, const std::string& what,
                         const NodeKey& key) {
  if (sidecar == Sidecar::minisig) return minisig(body, what, key);
  const std::string digest = digest_of(sidecar == Sidecar::md5 ? Digest::md5 : Digest::sha256, body);
  if (digest.empty()) return "";
  return sidecar == Sidecar::md5 ? to_hex(digest) + "\n" : to_hex(digest) + "  " + file + "\n";
}

std::string minisign_public_key(const NodeKey& key) {
  const std::string bytes(reinterpret_cast<const char*>(key.public_key().data()), key.public_key().size());
  return "untrusted comment: public key of a sinkfeed node\n" + to_base64("Ed" + number_of(key) + bytes) + "\n";
}

}  // namespace sinkfeed
