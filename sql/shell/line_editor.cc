#include "sql/shell/line_editor.h"

#include <fcntl.h>
#include <histedit.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "sql/parse/text_width.h"
#include "sql/shell/interrupt.h"
#include "sql/shell/terminal.h"

namespace quire::sql {
namespace {

size_t CharactersOf(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

// In columns, as many as fit, and not more lines than can be looked through.
std::string CandidateLines(const std::vector<std::string>& candidates, size_t columns) {
  constexpr size_t kLinesMax = 20;
  size_t width = 0;
  for (const std::string& candidate : candidates) width = std::max(width, DisplayWidth(candidate) + 2);
  const size_t a_line = std::max<size_t>(1, columns / width);
  std::string out;
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (i == a_line * kLinesMax) return out + "... and " + std::to_string(candidates.size() - i) + " more\n";
    out += candidates[i];
    const bool last = (i + 1) % a_line == 0 || i + 1 == candidates.size();
    out += last ? "\n" : std::string(width - DisplayWidth(candidates[i]), ' ');
  }
  return out;
}

}  // namespace

struct LineEditor::Impl {
  EditLine* editor = nullptr;
  History* history = nullptr;
  HistEvent event{};
  std::string history_path;
  std::string prompt;
  CompleteFunction complete;
  std::FILE* out = nullptr;

  // Puts in what all candidates have in common; where that adds nothing, shows them.
  static unsigned char Complete(EditLine* editor, int) {
    void* data = nullptr;
    el_get(editor, EL_CLIENTDATA, &data);
    auto* self = static_cast<Impl*>(data);
    const LineInfo* line = el_line(editor);
    const std::string_view before(line->buffer, static_cast<size_t>(line->cursor - line->buffer));
    const Completion completion = self->complete(before);
    const std::vector<std::string>& candidates = completion.candidates;
    if (candidates.empty()) return CC_REFRESH_BEEP;
    const std::string_view word = before.substr(before.size() - completion.word_bytes);
    std::string common = CommonPrefix(candidates);
    const bool whole = candidates.size() == 1;
    if (whole && common.back() != '(') common += " ";
    if (whole || common.size() > word.size()) {
      el_deletestr(editor, static_cast<int>(CharactersOf(word)));
      el_insertstr(editor, common.c_str());
      return CC_REFRESH;
    }
    std::fputs(("\n" + CandidateLines(candidates, TerminalOf(self->out).columns)).c_str(), self->out);
    return CC_REDISPLAY;
  }

  static char* Prompt(EditLine* editor) {
    void* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return static_cast<Impl*>(self)->prompt.data();
  }
};

LineEditor::LineEditor(std::FILE* in, std::FILE* out, std::FILE* err, std::string history_path,
                       CompleteFunction complete)
    : impl_(std::make_unique<Impl>()) {
  impl_->complete = std::move(complete);
  impl_->out = out;
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
  el_set(impl_->editor, EL_ADDFN, "quire-complete", "complete a word", &Impl::Complete);
  el_set(impl_->editor, EL_BIND, "^I", "quire-complete", nullptr);
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
