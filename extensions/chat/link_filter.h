// LinkFilter: what a model writes, without links and images that its sources do not hold. A picture is fetched by whoever shows an
// answer, and its address can carry off what was asked; so can a link, once it is clicked.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace quire::chat {

// Works on a stream: what cannot be told yet is held back, about 1 KiB at most.
//   ![alt](address)          (image: alt)
//   [text](address)          text (address), or text alone
//   <a href="address">       &lt;a href=...
//   http://, https://, www.  as it is, or (link left out)
// An address stays where `is_known` says that a source holds it, letter by letter.
class LinkFilter {
 public:
  explicit LinkFilter(std::function<bool(std::string_view address)> is_known) : is_known_(std::move(is_known)) {}

  // What can be shown once `piece` came.
  std::string Feed(std::string_view piece);
  // What was held back, at the end.
  std::string End();

 private:
  std::string Take(bool final);
  std::string Filtered(std::string_view text) const;

  const std::function<bool(std::string_view)> is_known_;
  std::string held_;
  char before_ = ' ';  // what was given out last
};

}  // namespace quire::chat
