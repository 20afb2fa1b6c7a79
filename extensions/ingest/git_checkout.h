// GitCheckout: what git says of a folder that lies in a checkout: which files it ignores, and which commit is checked out. Reads
// .git and .gitignore files itself; git need not be there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quire::ingest {

class GitCheckout {
 public:
  // Of the canonical folder `root`, or of the checkout around it. Where there is none, nothing is ignored.
  explicit GitCheckout(const std::string& root);

  bool found() const { return !git_folder_.empty(); }
  // The commit that is checked out, 40 or 64 hexadecimal digits; empty: none, or not known.
  std::string Commit() const;

  // Reads the rules of a folder that is about to be walked. `uri`: relative to the root, "" for itself. A folder is entered before what
  // lies in it.
  void Enter(const std::string& path, const std::string& uri);
  // Whether the rules of the folders around it leave it out. Cost: the number of rules.
  bool Ignores(std::string_view uri, bool is_folder) const;

 private:
  struct Rule {
    std::string base;  // folder of its file from the top of the checkout, with '/' at its end, or ""
    std::string pattern;
    bool negated = false, folders_only = false, anchored = false;
  };
  void ReadRules(const std::string& file, const std::string& base);

  std::string top_;         // of the checkout
  std::string git_folder_;  // .git, or where it leads; empty: there is none
  std::string prefix_;      // of the root from the top, with '/' at its end, or ""
  std::vector<Rule> rules_;
};

}  // namespace quire::ingest
