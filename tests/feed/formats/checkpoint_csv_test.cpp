#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

struct CheckPointCsv : testing::Test {
  const FeedFormat& format = *find_format("checkpoint.csv");
  const std::vector<LedgerEntry> known;
};

TEST_F(CheckPointCsv, IsAnIndicatorOfEachIpv4Address) {
  EXPECT_EQ(format.render(sample_for(format, known)),
            "#! DESCRIPTION = sinkfeed google-talk\n"
            "# UNIQ-NAME,VALUE,TYPE,CONFIDENCE,SEVERITY,PRODUCT,COMMENT\n"
            "sf_4a7d8c7d,74.125.140.125,IP,high,high,AB,sinkfeed google-talk\n"
            "sf_d8ef257d,216.239.37.125,IP,high,high,AB,sinkfeed google-talk\n");
}

TEST_F(CheckPointCsv, NoNameIsThereTwiceAndEachRecordHasSevenFields) {
  FeedContent content = sample_content(known);
  content.networks = {network("1.2.3.4"), network("1.2.34.4"), network("12.3.4.4"), network("12.34.4.4")};
  std::istringstream lines(format.render(content));
  std::set<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    EXPECT_EQ(std::count(line.begin(), line.end(), ','), 6) << line;
    EXPECT_TRUE(names.insert(line.substr(0, line.find(','))).second) << line;
  }
  EXPECT_EQ(names.size(), 4u);
}

}  // namespace
}  // namespace sinkfeed
