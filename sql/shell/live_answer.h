// LiveAnswer: an answer at a terminal while it is made.
#pragma once

#include "quire/connection.h"
#include "sql/shell/output.h"

namespace quire::sql {

class LiveAnswer {
 public:
  explicit LiveAnswer(Output* output) : output_(output) {}

  // A statement begins; with `on` its answer is shown piece by piece.
  void Begin(bool on) {
    on_ = on;
    shown_ = false;
  }
  void Take(const AnswerEvent& event);
  // Something was shown: whoever shows the row leaves the answer out.
  bool shown() const { return shown_; }

 private:
  Output* output_;
  bool on_ = false;
  bool shown_ = false;
};

}  // namespace quire::sql
