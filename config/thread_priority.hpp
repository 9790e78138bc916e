// Who goes first when there are more threads than cores: those that answer clients, before those that may wait.
#pragma once

namespace sinkfeed {

// Each names the calling thread for `top` and debuggers (at most 15 characters).
// Answers clients: runs in short slices, and so interrupts others as soon as a packet comes (from Linux 6.12 on).
void enter_foreground(const char* name);
// Writes down what was answered before the rings are full: nice 10, and no waking of it interrupts anybody. Threads
// that it starts inherit that, and an ordinary process cannot raise it again: never to be called where workers start.
void enter_recording(const char* name);
// May wait: the same at nice 19. A tenth of a worker's weight (nice 10) is too much: after a long burst of answers the
// worker counts as having had more than its share, and Linux (EEVDF, since 6.6) then looks at the next tick, 4 ms
// later, whether it may interrupt the other.
void enter_background(const char* name);

}  // namespace sinkfeed
