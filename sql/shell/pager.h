// Results that are wider than the terminal, in a pager that scrolls sideways.
#pragma once

#include <cstdio>
#include <string_view>

#include "sql/shell/output.h"

namespace quire::sql {

// Whether there is one: PAGER, or less.
bool HasPager();

// Takes a result in pieces, the first one as large as can be: it decides whether a pager is needed.
class PagedOutput {
 public:
  // `output` is borrowed. `columns` of the terminal; 0: never a pager.
  PagedOutput(Output* output, size_t columns) : output_(output), columns_(columns) {}
  ~PagedOutput() { Close(); }
  PagedOutput(const PagedOutput&) = delete;
  PagedOutput& operator=(const PagedOutput&) = delete;

  // Errors: kIoError.
  Status Write(std::string_view text);
  // Whoever left the pager before the end has seen enough: what follows need not be computed.
  bool left() const { return left_; }
  // Waits until the pager is left.
  void Close();

 private:
  Output* output_;
  size_t columns_;
  bool decided_ = false;
  bool left_ = false;
  std::FILE* pager_ = nullptr;
};

}  // namespace quire::sql
