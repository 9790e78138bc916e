// TAXII's media type and what clients say of it (TAXII 2.1, 1.6.8).
#pragma once

#include <string_view>

namespace sinkfeed {

inline constexpr std::string_view kTaxiiMedia = "application/taxii+json;version=2.1";
inline constexpr std::string_view kStixMedia = "application/stix+json;version=2.1";

// Whether an Accept header takes it. Nothing, "*/*" and JSON of any kind do; TAXII or STIX of another version does not.
bool accepts_taxii(std::string_view accept);
// Whether a Content-Type is it.
bool is_taxii(std::string_view content_type);

}  // namespace sinkfeed
