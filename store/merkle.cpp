#include "store/merkle.hpp"

#include <bit>
#include <span>
#include <utility>

#include "store/sha256.hpp"

namespace sinkfeed {
namespace {

using Leaves = std::span<const std::string>;

std::size_t left_of(Leaves leaves) { return std::bit_floor(leaves.size() - 1); }

std::string root_of(Leaves leaves) {
  if (leaves.empty()) return sha256_of("");
  if (leaves.size() == 1) return leaves.front();
  const std::size_t left = left_of(leaves);
  return sha256_of('\1' + root_of(leaves.first(left)) + root_of(leaves.subspan(left)));
}

}  // namespace

std::string merkle_leaf(std::string_view data) { return sha256_of('\0' + std::string{data}); }

std::string merkle_root(const std::vector<std::string>& leaves) { return root_of(leaves); }

std::vector<std::vector<std::string>> merkle_paths(const std::vector<std::string>& leaves) {
  std::vector<std::vector<std::string>> paths(leaves.size());
  std::vector<std::string> nodes = leaves;
  // Level by level: two nodes make one, a last one without another goes up as it is.
  for (std::size_t level = 0; nodes.size() > 1; level++) {
    for (std::size_t leaf = 0; leaf < leaves.size(); leaf++) {
      const std::size_t beside = leaf >> level ^ 1U;
      if (beside < nodes.size()) paths[leaf].push_back(nodes[beside]);
    }
    std::vector<std::string> above;
    for (std::size_t i = 0; i < nodes.size(); i += 2)
      above.push_back(i + 1 < nodes.size() ? sha256_of('\1' + nodes[i] + nodes[i + 1]) : nodes[i]);
    nodes = std::move(above);
  }
  return paths;
}

}  // namespace sinkfeed
