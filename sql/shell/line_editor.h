// Lines from a person at a terminal, with editing and a history, by libedit.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "sql/shell/completion.h"

namespace quire::sql {

class LineEditor {
 public:
  // The history is kept in `history_path` (made with mode 0600); empty: only while this lives.
  // `complete` is asked at Tab, for the text before the cursor.
  using CompleteFunction = std::function<Completion(std::string_view before)>;
  LineEditor(std::FILE* in, std::FILE* out, std::FILE* err, std::string history_path, CompleteFunction complete);
  ~LineEditor();

  enum class Outcome : unsigned char { kLine, kInterrupted, kEnd };
  // The next line without its end. kInterrupted: Ctrl-C, the line is dropped. kEnd: Ctrl-D on an empty line.
  Outcome Read(const std::string& prompt, std::string* line);

  // Puts a statement into the history.
  void Remember(const std::string& statement);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Where the history is kept: QUIRE_HISTORY, else .quire_history in HOME, else nowhere.
std::string HistoryPath();

}  // namespace quire::sql
