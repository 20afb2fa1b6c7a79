// HtmlText: the visible text of HTML fragments, for the index. A scanner, not a parser: tags, comments, scripts and
// styles go, entities become characters, and what stands in table cells stays.
#pragma once

#include <string>
#include <string_view>

namespace quire::ingest {

// The pieces of one fragment are given in order; a tag, comment or script may reach from one into the next.
class HtmlText {
 public:
  // Appends the text of `piece` to `out`, runs of blanks as one. Cost: linear.
  void Append(std::string_view piece, std::string* out);

 private:
  enum class State { kText, kTag, kComment, kRaw };

  size_t AppendText(std::string_view rest, std::string* out);
  size_t BeginMarkup(std::string_view rest, std::string* out);
  size_t SkipTag(std::string_view rest, std::string* out);
  size_t SkipRaw(std::string_view rest) const;

  State state_ = State::kText;
  std::string tag_;  // name of the tag begun last, lower-case, with '/' in front of an end tag
  char quote_ = 0;   // inside an attribute's value
};

// Whether the tag that `markup` begins with ("<br/>", "</td>") sets what is around it apart.
bool SeparatesText(std::string_view markup);

// Removes template tags ({% name arguments %}, as Hexo, Jekyll and Liquid write them) from `text` at `from` and
// after; the arguments of those that show them ("details", "collapse") stay.
void StripTemplateTags(std::string* text, size_t from);

}  // namespace quire::ingest
