// history/attest: what an auditor needs to check an export of the history without us.
#pragma once

#include "feed/actions.hpp"

namespace sinkfeed {

// Body: the members of a search (client, name, type, verdict, rcode, answer, since, until), as text. Makes a checkpoint
// and reads all that is found. Answers
//   manifest   the text that is signed (below), signature (Base64) and key (PEM) for it
//   until      the time up to which was searched: the same search again gives the same records
//   records    how many
//   links      text: a line of JSON for each block of that time: "number", "canonical" (ChainLink::canonical(), in
//              hexadecimal), "hash", and how that is under the Merkle root of a signed checkpoint: "leaf", "path"
//              (RFC 6962 2.1.1) and "checkpoint", the line
// The manifest:
//   sinkfeed-export v1
//   node HEX             the public key
//   time TIME
//   filter JSON          what was searched for
//   records N
//   file-sha256 HEX      of the records as lines of JSON, oldest first
//   links-sha256 HEX     of "links"
//   checkpoint LINE      the one that was made for this
ApiAnswer attest_export(const ActionCall& call);

}  // namespace sinkfeed
