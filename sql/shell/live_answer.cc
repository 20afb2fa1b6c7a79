#include "sql/shell/live_answer.h"

#include "engine/base/utf8.h"

namespace quire::sql {

void LiveAnswer::Take(const AnswerEvent& event) {
  if (!on_) return;
  if (event.kind == AnswerEvent::Kind::kText) {
    output_->Result(Printable(event.text));
    shown_ = true;
  }
  if (event.kind == AnswerEvent::Kind::kDone && shown_) output_->Result("\n");
  static_cast<void>(output_->Flush().ok());  // a reader who is gone is met again when the row is shown
}

}  // namespace quire::sql
