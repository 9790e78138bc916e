// The one error type: what went wrong, as a sentence for a person.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace sinkfeed {

// A sentence that says what is wrong, where, and what to do. No trailing newline.
struct Problem {
  std::string what;
};

// What running paths return: a value or a Problem. Exceptions are for start-up and programming mistakes only.
template <class T>
using Result = boost::system::result<T, Problem>;

// Lets Result<T>::value() throw where a Problem is a programming mistake (tests, start-up).
[[noreturn]] inline void throw_exception_from_error(const Problem& problem, const boost::source_location&) {
  throw std::runtime_error(problem.what);
}

}  // namespace sinkfeed
