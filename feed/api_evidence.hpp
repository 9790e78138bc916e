// /api/v1/history/...: the chain of evidence, and what is done with it.
#pragma once

#include "feed/actions.hpp"
#include "feed/api.hpp"

namespace sinkfeed {

// history/verify: one step (store/history_verify.hpp). Parameters: cursor, since, until. Answers "cursor" for the next
// step, "finding" if something is wrong, "done" (0 to 1), and how many links, blocks, rows and checkpoints it looked
// at.
ApiAnswer api_verify(const Store& store, const Parameters& parameters);
// history/links: links of the chain in "links", with "node", the public key in hexadecimal, and "length". Parameters:
// numbers (at most 200, with commas); or after, limit, kind.
ApiAnswer api_links(const Store& store, const Parameters& parameters);
// history/holds: the times that retention leaves alone.
ApiAnswer api_holds(const Store& store, const Parameters& parameters);

// history/erasure: whether one runs, and how far it has come.
ApiAnswer api_erasure(const Store& store, const Parameters& parameters);

// history/hold: {"since", "until", "reason"}; one of the two times can be left out.
ApiAnswer hold_history(const ActionCall& call);
// history/release: {"hold": number, "reason"}
ApiAnswer release_history(const ActionCall& call);
// history/erase: {"client", "reason"}; begins, and history/erasure tells how far it has come.
ApiAnswer erase_from_history(const ActionCall& call);
// history/checkpoint: signs what there is, now.
ApiAnswer make_checkpoint(const ActionCall& call);

}  // namespace sinkfeed
