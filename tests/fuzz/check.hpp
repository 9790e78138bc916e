// A property that does not hold ends the run, so that libFuzzer keeps the input.
#pragma once

#include <cstdio>
#include <cstdlib>

#define SINKFEED_CHECK(condition)                                                         \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)
