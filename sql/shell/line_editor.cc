#include "sql/shell/line_editor.h"

#include <fcntl.h>
#include <histedit.h>
#include <unistd.h>

#include <cstdlib>

#include "sql/shell/interrupt.h"

namespace quire::sql {

struct LineEditor::Impl {
  EditLine* editor = nullptr;
  History* history = nullptr;
  HistEvent event{};
  std::string history_path;
  std::string prompt;

  static char* Prompt(EditLine* editor) {
    void* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return static_cast<Impl*>(self)->prompt.data();
  }
};

LineEditor::LineEditor(std::FILE* in, std::FILE* out, std::FILE* err, std::string history_path)
    : impl_(std::make_unique<Impl>()) {
  constexpr int kHistorySize = 2000;
  impl_->history_path = std::move(history_path);
  impl_->history = history_init();
  history(impl_->history, &impl_->event, H_SETSIZE, kHistorySize);
  history(impl_->history, &impl_->event, H_SETUNIQUE, 1);
  if (!impl_->history_path.empty()) {
    // Made here so that it is nobody else's to read: statements may hold what is not meant for all.
    const int file = open(impl_->history_path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0) close(file);
    history(impl_->history, &impl_->event, H_LOAD, impl_->history_path.c_str());
  }
  impl_->editor = el_init("quire", in, out, err);
  el_set(impl_->editor, EL_CLIENTDATA, impl_.get());
  el_set(impl_->editor, EL_PROMPT, &Impl::Prompt);
  el_set(impl_->editor, EL_EDITOR, "emacs");
  el_set(impl_->editor, EL_HIST, history, impl_->history);
  el_set(impl_->editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(impl_->editor, nullptr);
}

LineEditor::~LineEditor() {
  el_end(impl_->editor);
  history_end(impl_->history);
}

LineEditor::Outcome LineEditor::Read(const std::string& prompt, std::string* line) {
  impl_->prompt = prompt;
  TakeInterrupt();
  int length = 0;
  const char* bytes = el_gets(impl_->editor, &length);
  if (bytes == nullptr || length <= 0) {
    return TakeInterrupt() ? Outcome::kInterrupted : Outcome::kEnd;
  }
  line->assign(bytes, static_cast<size_t>(length));
  while (!line->empty() && (line->back() == '\n' || line->back() == '\r')) line->pop_back();
  return Outcome::kLine;
}

void LineEditor::Remember(const std::string& statement) {
  history(impl_->history, &impl_->event, H_ENTER, statement.c_str());
  if (!impl_->history_path.empty()) history(impl_->history, &impl_->event, H_SAVE, impl_->history_path.c_str());
}

std::string HistoryPath() {
  if (const char* path = std::getenv("QUIRE_HISTORY")) return path;
  const char* home = std::getenv("HOME");
  return home == nullptr || *home == '\0' ? std::string() : std::string(home) + "/.quire_history";
}

}  // namespace quire::sql
