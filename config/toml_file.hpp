// A TOML file read key by key: every key that is asked for is known, every other is a mistake, and each mistake is a
// sentence with its place. Included by the loaders of this room only, for toml++ is heavy.
#pragma once

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 0
// toml++ 3.3 asserts that a table header starts with a key before it checks that, and reports "[.x]" properly without.
#define TOML_ASSERT(expression) static_assert(true)
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/result.hpp"

namespace sinkfeed {

class TomlSection;

class TomlFile {
 public:
  // Reads and parses; a Problem says file:line:column of what is not TOML, or why the file cannot be read.
  static Result<TomlFile> read(const std::filesystem::path& file);

  // The file's top level. Refers to this object, as all sections below it do.
  TomlSection root();
  // "file:line:column", or the file alone for what is not in it.
  std::string place(const toml::source_region& at) const;
  void complain(const toml::source_region& at, std::string sentence);
  // The first mistake in the order of the file, unknown keys included; nothing if all is well. Call it after reading.
  std::optional<Problem> problem();

 private:
  friend class TomlSection;
  struct Complaint {
    toml::source_position at;
    std::string sentence;
  };

  explicit TomlFile(std::string name, toml::table root) : name_(std::move(name)), root_(std::move(root)) {}
  void learn(std::string path);
  void complain_of_unknown_keys(const toml::table& table, const std::string& path);
  std::string unknown_key_sentence(const std::string& path) const;

  std::string name_;
  toml::table root_;
  std::vector<std::string> known_;  // dotted paths, in the order they were asked for
  std::vector<Complaint> complaints_;
};

// "a string", "a whole number": how a sentence names what was found.
std::string_view kind_of(const toml::node& node);

// One table of the file. If it is absent from the file it has no keys, but it still makes its keys known.
class TomlSection {
 public:
  TomlSection(TomlFile& file, const toml::table* table, std::string path)
      : file_(&file), table_(table), path_(std::move(path)) {}

  TomlSection section(std::string_view key);
  // The tables of an array of tables, in order.
  std::vector<TomlSection> sections(std::string_view key);
  // The value, or null if it is absent.
  const toml::node* find(std::string_view key);
  // A complaint about this table, or about `key`'s value in it.
  void complain(std::string sentence) const;
  void complain(std::string_view key, std::string sentence) const;

  // Each read leaves `into` as it is if the key is absent or wrong, and returns whether it was set.
  bool read_string(std::string_view key, std::string& into);  // not empty
  // A file's or folder's name, relative to the folder of `file`; made absolute, also if the key is absent.
  bool read_path(std::string_view key, std::filesystem::path& into, const std::filesystem::path& file);
  bool require_string(std::string_view key, std::string& into);  // not empty, and its absence is a mistake
  bool read_integer(std::string_view key, int& into, int least, int most);
  bool read_boolean(std::string_view key, bool& into);

  // A string that `parse` (std::string_view to Result<T>) understands.
  template <class T, class Parse>
  bool read(std::string_view key, T& into, Parse parse) {
    const auto* node = find(key);
    auto value = node == nullptr ? std::nullopt : parsed<T>(*node, key, parse);
    if (value) into = std::move(*value);
    return value.has_value();
  }
  template <class T, class Parse>
  bool require(std::string_view key, T& into, Parse parse) {
    if (find(key) == nullptr) return complain_of_absence(key);
    return read(key, into, parse);
  }

  enum class Empty : bool { refused, allowed };
  // A list of distinct strings that `parse` understands.
  template <class T, class Parse>
  bool read_list(std::string_view key, std::vector<T>& into, Empty empty, Parse parse) {
    const auto* list = find_list(key, empty);
    if (list == nullptr) return false;
    std::vector<T> values;
    for (const auto& node : *list) {
      auto value = parsed<T>(node, key, parse);
      if (!value) return false;
      if (std::find(values.begin(), values.end(), *value) != values.end()) return complain_of_repetition(node, key);
      values.push_back(std::move(*value));
    }
    into = std::move(values);
    return true;
  }
  // A list of at least one, distinct whole numbers.
  bool require_integers(std::string_view key, std::vector<std::uint16_t>& into, int least, int most);
  const toml::array* find_list(std::string_view key, Empty empty);

 private:
  std::string path_of(std::string_view key) const;
  const std::string* string_at(const toml::node& node, std::string_view key) const;
  bool integer_at(const toml::node& node, std::string_view key, int& into, int least, int most) const;
  bool complain_of_absence(std::string_view key) const;
  bool complain_of_repetition(const toml::node& node, std::string_view key) const;
  bool complain_at(const toml::node& node, std::string_view key, std::string_view sentence) const;  // false, always

  template <class T, class Parse>
  std::optional<T> parsed(const toml::node& node, std::string_view key, Parse parse) const {
    const auto* text = string_at(node, key);
    if (text == nullptr) return std::nullopt;
    auto value = parse(std::string_view{*text});
    if (value) return std::move(*value);
    complain_at(node, key, value.error().what);
    return std::nullopt;
  }

  TomlFile* file_;
  const toml::table* table_;
  std::string path_;
};

}  // namespace sinkfeed
