// Reading TOML with a place for every mistake. The one place where toml++ is compiled.
#define TOML_IMPLEMENTATION
#include "config/toml_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numeric>

namespace sinkfeed {
namespace {

// The last label of a dotted key.
std::string_view last_part(std::string_view path) { return path.substr(path.rfind('.') + 1); }
std::string_view parent_part(std::string_view path) {
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}

// Levenshtein's distance: insertions, deletions and replacements that turn one into the other.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[to.size()];
}

// Where the first byte stands that UTF-8 does not allow there; the end of the text if all is well. Overlong forms and
// surrogates pass, which toml++ refuses by itself.
std::size_t first_wrong_byte(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xc0 ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf8 ? 4
                                             : 0;
    const auto tail = text.substr(at).substr(std::min<std::size_t>(1, length), length == 0 ? 0 : length - 1);
    const bool whole = tail.size() + 1 == length;
    if (!whole || !std::all_of(tail.begin(), tail.end(), [](char c) { return (c & 0xc0) == 0x80; })) return at;
    at += length;
  }
  return text.size();
}

// A person's file from an editor of another age; toml++ reads ahead, so the place it gives is rough.
std::optional<Problem> encoding_problem(const std::filesystem::path& file, std::string_view text) {
  const auto wrong = first_wrong_byte(text);
  if (wrong == text.size()) return std::nullopt;
  const auto before = text.substr(0, wrong);
  const auto line = before.substr(before.rfind('\n') + 1);
  const auto column = std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xc0) != 0x80; });
  return Problem{fmt::format("{}:{}:{}: the byte 0x{:02x} is not UTF-8; save the file as UTF-8", file.string(),
                             1 + std::count(before.begin(), before.end(), '\n'), 1 + column,
                             static_cast<unsigned char>(text[wrong]))};
}

bool comes_before(const toml::source_position& a, const toml::source_position& b) {
  return std::pair{a.line, a.column} < std::pair{b.line, b.column};
}

}  // namespace

std::string_view kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return "a date or time";
    case toml::node_type::none:
      break;
  }
  return "nothing";
}

Result<TomlFile> TomlFile::read(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    return Problem{fmt::format("{}: is a folder; name a file", file.string())};
  }
  errno = 0;
  std::ifstream stream{file, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{stream}, std::istreambuf_iterator<char>{}};
  if (!stream.is_open() || stream.bad()) {
    return Problem{fmt::format("{}: cannot be read: {}", file.string(), std::strerror(errno == 0 ? EIO : errno))};
  }
  if (auto problem = encoding_problem(file, text)) return *problem;
  auto parsed = toml::parse(std::string_view{text}, file.string());
  if (!parsed) {
    const auto& at = parsed.error().source().begin;
    return Problem{
        fmt::format("{}:{}:{}: not TOML: {}", file.string(), at.line, at.column, parsed.error().description())};
  }
  return TomlFile{file.string(), std::move(parsed).table()};
}

TomlSection TomlFile::root() { return {*this, &root_, ""}; }

std::string TomlFile::place(const toml::source_region& at) const {
  if (at.begin.line == 0) return name_;
  return fmt::format("{}:{}:{}", name_, at.begin.line, at.begin.column);
}

void TomlFile::complain(const toml::source_region& at, std::string sentence) {
  complaints_.push_back({at.begin, fmt::format("{}: {}", place(at), sentence)});
}

std::optional<Problem> TomlFile::problem() {
  complain_of_unknown_keys(root_, "");
  const auto first = std::min_element(complaints_.begin(), complaints_.end(),
                                      [](const Complaint& a, const Complaint& b) { return comes_before(a.at, b.at); });
  if (first == complaints_.end()) return std::nullopt;
  return Problem{first->sentence};
}

void TomlFile::learn(std::string path) {
  if (std::find(known_.begin(), known_.end(), path) == known_.end()) known_.push_back(std::move(path));
}

void TomlFile::complain_of_unknown_keys(const toml::table& table, const std::string& path) {
  for (const auto& [key, node] : table) {
    const auto below = path.empty() ? std::string{key.str()} : fmt::format("{}.{}", path, key.str());
    if (std::find(known_.begin(), known_.end(), below) == known_.end()) {
      complain(key.source(), unknown_key_sentence(below));
    } else if (const auto* section = node.as_table()) {
      complain_of_unknown_keys(*section, below);
    } else if (const auto* list = node.as_array()) {
      for (const auto& element : *list) {
        if (const auto* entry = element.as_table()) complain_of_unknown_keys(*entry, below);
      }
    }
  }
}

std::string TomlFile::unknown_key_sentence(const std::string& path) const {
  // A key is near if its path is, or if it has the right name and stands in the wrong table.
  const auto last = last_part(path);
  const std::string* nearest = nullptr;
  std::size_t nearest_distance = (last.size() + 2) / 3 + 1;
  for (const auto& known : known_) {
    const auto distance = std::min(edit_distance(path, known), 1 + edit_distance(last, last_part(known)));
    if (distance < nearest_distance) nearest = &known, nearest_distance = distance;
  }
  if (nearest != nullptr) return fmt::format("unknown key {}; did you mean {}?", path, *nearest);
  std::string keys;
  for (const auto& known : known_) {
    if (parent_part(known) == parent_part(path))
      keys += fmt::format("{}{}", keys.empty() ? "" : ", ", last_part(known));
  }
  return fmt::format("unknown key {}; the keys here are {}", path, keys);
}

std::string TomlSection::path_of(std::string_view key) const {
  return path_.empty() ? std::string{key} : fmt::format("{}.{}", path_, key);
}

const toml::node* TomlSection::find(std::string_view key) {
  file_->learn(path_of(key));
  return table_ == nullptr ? nullptr : table_->get(key);
}

TomlSection TomlSection::section(std::string_view key) {
  const auto* node = find(key);
  if (node != nullptr && !node->is_table()) {
    complain_at(*node, key, fmt::format("must be a table, written [{}], not {}", path_of(key), kind_of(*node)));
    node = nullptr;
  }
  return {*file_, node == nullptr ? nullptr : node->as_table(), path_of(key)};
}

std::vector<TomlSection> TomlSection::sections(std::string_view key) {
  const auto path = path_of(key);
  std::vector<TomlSection> found;
  if (const auto* list = find_list(key, Empty::allowed)) {
    for (const auto& element : *list) {
      if (const auto* table = element.as_table()) {
        found.emplace_back(*file_, table, path);
      } else {
        complain_at(element, key,
                    fmt::format("must be a list of tables, each written [[{}]], but holds {}", path, kind_of(element)));
      }
    }
  }
  return found;
}

void TomlSection::complain(std::string sentence) const {
  file_->complain(table_ == nullptr ? toml::source_region{} : table_->source(), std::move(sentence));
}

void TomlSection::complain(std::string_view key, std::string sentence) const {
  const auto* node = table_ == nullptr ? nullptr : table_->get(key);
  if (node == nullptr) {
    complain(fmt::format("{}: {}", path_of(key), sentence));
  } else {
    complain_at(*node, key, sentence);
  }
}

bool TomlSection::complain_at(const toml::node& node, std::string_view key, std::string_view sentence) const {
  file_->complain(node.source(), fmt::format("{}: {}", path_of(key), sentence));
  return false;
}

bool TomlSection::complain_of_absence(std::string_view key) const {
  complain(fmt::format("{} is missing; add it", path_of(key)));
  return false;
}

bool TomlSection::complain_of_repetition(const toml::node& node, std::string_view key) const {
  const auto* text = node.as_string();
  return complain_at(node, key,
                     fmt::format("{} is listed twice; remove one",
                                 text != nullptr ? fmt::format("\"{}\"", text->get()) : std::string{"a value"}));
}

const std::string* TomlSection::string_at(const toml::node& node, std::string_view key) const {
  const auto* text = node.as_string();
  if (text == nullptr) {
    complain_at(node, key, fmt::format("must be a string in quotes, not {}", kind_of(node)));
    return nullptr;
  }
  return &text->get();
}

bool TomlSection::read_string(std::string_view key, std::string& into) {
  const auto* node = find(key);
  const auto* text = node == nullptr ? nullptr : string_at(*node, key);
  if (text == nullptr) return false;
  if (text->empty()) return complain_at(*node, key, "must not be empty");
  into = *text;
  return true;
}

bool TomlSection::read_path(std::string_view key, std::filesystem::path& into, const std::filesystem::path& file) {
  std::string text;
  const bool is_there = read_string(key, text);
  if (is_there) into = text;
  // An absolute path on the right of a slash stays as it is.
  into = (std::filesystem::absolute(file).parent_path() / into).lexically_normal();
  return is_there;
}

bool TomlSection::require_string(std::string_view key, std::string& into) {
  if (find(key) == nullptr) return complain_of_absence(key);
  return read_string(key, into);
}

bool TomlSection::integer_at(const toml::node& node, std::string_view key, int& into, int least, int most) const {
  const auto* integer = node.as_integer();
  if (integer == nullptr) {
    return complain_at(node, key,
                       fmt::format("must be a whole number from {} to {}, not {}", least, most, kind_of(node)));
  }
  if (integer->get() < least || integer->get() > most) {
    return complain_at(node, key, fmt::format("must be from {} to {}, not {}", least, most, integer->get()));
  }
  into = static_cast<int>(integer->get());
  return true;
}

bool TomlSection::read_boolean(std::string_view key, bool& into) {
  const auto* node = find(key);
  if (node == nullptr) return false;
  const auto* value = node->as_boolean();
  if (value == nullptr) return complain_at(*node, key, fmt::format("must be true or false, not {}", kind_of(*node)));
  into = value->get();
  return true;
}

bool TomlSection::read_integer(std::string_view key, int& into, int least, int most) {
  const auto* node = find(key);
  return node != nullptr && integer_at(*node, key, into, least, most);
}

const toml::array* TomlSection::find_list(std::string_view key, Empty empty) {
  const auto* node = find(key);
  if (node == nullptr) return nullptr;
  const auto* list = node->as_array();
  if (list == nullptr) {
    complain_at(*node, key, fmt::format("must be a list in square brackets, not {}", kind_of(*node)));
  } else if (list->empty() && empty == Empty::refused) {
    complain_at(*node, key, "must not be empty; list at least one, or remove the key to get its default");
    return nullptr;
  }
  return list;
}

bool TomlSection::require_integers(std::string_view key, std::vector<std::uint16_t>& into, int least, int most) {
  if (find(key) == nullptr) return complain_of_absence(key);
  const auto* list = find_list(key, Empty::allowed);
  if (list == nullptr) return false;
  if (list->empty()) return complain_at(*list, key, "must not be empty; list at least one");
  std::vector<std::uint16_t> values;
  for (const auto& node : *list) {
    int value = 0;
    if (!integer_at(node, key, value, least, most)) return false;
    if (std::find(values.begin(), values.end(), value) != values.end()) {
      return complain_at(node, key, fmt::format("{} is listed twice; remove one", value));
    }
    values.push_back(static_cast<std::uint16_t>(value));
  }
  into = std::move(values);
  return true;
}

}  // namespace sinkfeed
