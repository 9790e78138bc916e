// Reads a plain list: an address or a network a line, # begins a comment.
#pragma once

#include <string_view>
#include <vector>

#include "config/address.hpp"
#include "feed/imports/text_file.hpp"

namespace sinkfeed {

struct AddressList {
  std::vector<IpAddress> addresses;  // in the list's order, each once; networks address by address
  Complaints complaints;
};

// `text` is UTF-8. A Problem: there is no address in it, or more than `most` with all networks written out.
Result<AddressList> read_addresses(std::string_view text, std::size_t most);

}  // namespace sinkfeed
