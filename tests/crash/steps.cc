#include "tests/crash/steps.h"

#include <algorithm>
#include <iterator>

namespace quire::crash {
namespace {

constexpr size_t kNotesTarget = 60;
constexpr size_t kGoneMax = 20;
constexpr size_t kNoteColumns = 2;
constexpr size_t kExtraColumnsMax = 6;

// A word that nothing else holds, that no stemmer touches, and long enough to be looked for in bytes.
std::string SecretWord(std::mt19937_64* random) {
  std::string word = "q";
  for (int i = 0; i < 24; ++i) word.push_back("bkmvxz"[(*random)() % 6]);
  return word + "q";
}

Value Text(std::string text) { return Value::Text(std::move(text)); }

std::string Question(const std::string& name) { return "How many boats has the harbour of " + name + "?"; }
std::string HarbourOf(int64_t serial) { return "Port" + MarkerWord(serial); }

Step One(std::string kind, std::string text, std::vector<Value> parameters = {}) {
  Step step;
  step.kind = std::move(kind);
  step.statements.push_back({std::move(text), std::move(parameters)});
  return step;
}

Step::Sql InsertOf(const Chunk& note) {
  return {"INSERT INTO notes (id, uri, title, section, text, serial, kind) VALUES (?, ?, ?, ?, ?, ?, ?)",
          {Text(note.id), Text(note.uri), Text(note.title), Text(note.section), Text(note.text), note.attributes[0], note.attributes[1]}};
}

}  // namespace

Chunk Steps::NewNote(const std::string& id, const std::string& uri) {
  Chunk note;
  note.id = id;
  note.uri = uri;
  note.title = "About " + uri;
  note.section = "Harbours";
  const int64_t serial = ++serial_;
  // No 32 bytes of it are in another one: FORGET looks for them.
  note.text = SecretWord(&random_) + " The harbour of " + HarbourOf(serial) + " has " + std::to_string(2 + Draw(900)) + " boats.";
  note.attributes = {Value::Integer(serial), Text(Draw(2) == 0 ? "new" : "old")};
  words_[uri].push_back(note.text.substr(0, note.text.find(' ')));
  note.attributes.resize(kNoteColumns + extra_columns_);
  return note;
}

std::string Steps::DrawNoteId() {
  return std::next(notes_.chunks.begin(), static_cast<std::ptrdiff_t>(Draw(notes_.chunks.size())))->first;
}

void Steps::RemoveNotes(const std::set<std::string>& ids) {
  for (const std::string& id : ids) {
    const auto found = notes_.chunks.find(id);
    if (found == notes_.chunks.end()) continue;
    notes_.gone.push_back(found->second);
    if (notes_.gone.size() > kGoneMax) notes_.gone.erase(notes_.gone.begin());
    notes_.chunks.erase(found);
  }
  std::set<std::string> left;
  for (const auto& [id, note] : notes_.chunks) left.insert(note.uri);
  std::erase_if(notes_.documents, [&left](const auto& document) { return !left.contains(document.first); });
}

// A document of one to four chunks.
Step Steps::Insert() {
  Step step;
  step.kind = "INSERT";
  const std::string uri = "harbours/" + std::to_string(serial_) + ".md";
  for (size_t count = 1 + Draw(4); count > 0; --count) {
    const Chunk note = NewNote("note " + std::to_string(serial_), uri);
    step.statements.push_back(InsertOf(note));
    notes_.chunks[note.id] = note;
    notes_.documents[uri] = {.uri = uri, .title = note.title};
  }
  return step;
}

Step Steps::Update() {
  const std::string id = DrawNoteId();
  const Chunk old = notes_.chunks.at(id);
  Chunk note = NewNote(id, old.uri);
  note.attributes[1] = old.attributes[1];
  RemoveNotes({id});
  notes_.chunks[id] = note;
  notes_.documents[note.uri] = {.uri = note.uri, .title = note.title};
  return One("UPDATE", "UPDATE notes SET text = ?, serial = ? WHERE id = ?", {Text(note.text), note.attributes[0], Text(id)});
}

// Facts of notes are their serial numbers: these change, too.
Step Steps::UpdateMany() {
  const int64_t by = 1'000'000 * (1 + static_cast<int64_t>(done_));
  const std::string kind = Draw(2) == 0 ? "new" : "old";
  for (auto& [id, note] : notes_.chunks) {
    if (note.attributes[1].text() == kind) note.attributes[0] = Value::Integer(note.attributes[0].integer() + by);
  }
  return One("UPDATE MANY", "UPDATE notes SET serial = serial + ? WHERE kind = ?", {Value::Integer(by), Text(kind)});
}

Step Steps::DeleteMany() {
  const Value serial = notes_.chunks.at(DrawNoteId()).attributes[0];
  std::set<std::string> ids;
  for (const auto& [id, note] : notes_.chunks) {
    if (note.attributes[0].integer() >= serial.integer() && note.attributes[0].integer() < serial.integer() + 4) ids.insert(id);
  }
  RemoveNotes(ids);
  return One("DELETE", "DELETE FROM notes WHERE serial >= ?1 AND serial < ?1 + 4", {serial});
}

// Some of each between BEGIN and COMMIT.
Step Steps::Together() {
  Step step;
  for (int i = 0; i < 3; ++i) {
    const Step part = i == 0 ? Insert() : ChangeNotes(Draw(60));
    step.statements.insert(step.statements.end(), part.statements.begin(), part.statements.end());
  }
  step.kind = "TRANSACTION";
  return step;
}

Step Steps::ChangeNotes(size_t dice) {
  if (notes_.chunks.size() < 8 || (dice < 25 && notes_.chunks.size() < kNotesTarget)) return Insert();
  if (dice < 40) return Update();
  if (dice < 45) return UpdateMany();
  return DeleteMany();
}

Step Steps::Forget() {
  if (notes_.chunks.empty()) return Insert();
  const std::string uri = notes_.chunks.at(DrawNoteId()).uri;
  Step step = One("FORGET", "FORGET DOCUMENT '" + uri + "' FROM notes");
  std::set<std::string> ids;
  for (const auto& [id, note] : notes_.chunks) {
    if (note.uri == uri) ids.insert(id);
  }
  forgotten_[step.statements[0].text] = words_[uri];
  RemoveNotes(ids);
  return step;
}

Step Steps::Ask() {
  std::string name = "Nowhere";
  if (!notes_.chunks.empty()) {
    const std::string& text = notes_.chunks.at(DrawNoteId()).text;
    const size_t begin = text.find("Port");
    name = text.substr(begin, text.find(' ', begin) - begin);
  }
  questions_.push_back(Question(name));
  std::string statement = "ASK '" + questions_.back() + "' FROM notes";
  if (!models_.empty() && Draw(2) == 0) statement += " USING MODEL " + models_.begin()->first;
  if (Draw(4) == 0) statement += " WITH (conversation = 'c')";
  return One("ASK", statement);
}

Step Steps::Feedback() {
  if (questions_.empty()) return Ask();
  const auto answer = static_cast<int64_t>(1 + Draw(questions_.size()));
  const bool good = Draw(2) == 0;
  ratings_[answer].insert(good ? "good" : "bad");
  const std::string number = std::to_string(answer);
  return One("FEEDBACK", "FEEDBACK ON ANSWER " + number + (good ? " GOOD" : " BAD CORRECTION 'correction of " + number + "' REASON 'reason of " + number + "'"));
}

Step Steps::ChangeModels() {
  constexpr const char* kAnswers[] = {"'It has 12 boats [1].'", "'It is closed at night [1]. Nobody knows more.'"};
  const std::string provider = " USING PROVIDER scripted WITH (answer = " + std::string(kAnswers[Draw(2)]) + ")";
  if (models_.empty() || (models_.size() < 3 && Draw(3) == 0)) {
    const std::string name = "m" + std::to_string(next_name_++);
    models_[name] = {{"serving"}};
    return One("CREATE MODEL", "CREATE MODEL " + name + provider);
  }
  const std::string name = std::next(models_.begin(), static_cast<std::ptrdiff_t>(Draw(models_.size())))->first;
  std::vector<std::string>& states = models_[name].states;
  const auto serving = std::find(states.begin(), states.end(), "serving");
  if (states.size() == 1) {
    states.push_back("ready");
    return One("ALTER MODEL", "ALTER MODEL " + name + " ADD VERSION" + provider);
  }
  if (states[1] == "ready") {
    *serving = "previous";
    states[1] = "serving";
    return One("ALTER MODEL", "ALTER MODEL " + name + " PROMOTE VERSION 2");
  }
  if (states[1] == "serving") {
    states = {"serving", "retired"};
    return One("ALTER MODEL", "ALTER MODEL " + name + " ROLLBACK");
  }
  models_.erase(name);
  return One("DROP MODEL", "DROP MODEL " + name);
}

Step Steps::ChangeGenerations() {
  constexpr const char* kNames[] = {"docs", "points", "notes"};
  constexpr const char* kEmbedders[] = {"a", "b", "hashed"};
  const std::string name = kNames[Draw(3)], alter = "ALTER COLLECTION " + name;
  const size_t dice = Draw(10);
  Step step = One("REINDEX", "REINDEX " + name);
  if (dice < 4 && name != "points") {
    step = One("SET EMBEDDER", alter + " SET EMBEDDER " + kEmbedders[Draw(3)] + (dice == 0 ? " WITH (switch = 'manual')" : ""));
  } else if (dice >= 8) {
    step = One("DROP GENERATION", alter + " DROP GENERATION");
  } else if (dice == 7) {
    step = One("ROLLBACK GENERATION", alter + " ROLLBACK GENERATION");
  } else if (dice == 6) {
    step = One("SWITCH GENERATION", alter + " SWITCH GENERATION");
  }
  step.may_be_refused = true;
  return step;
}

Step Steps::ChangeCollections() {
  const size_t dice = Draw(6);
  if (dice == 0 && extra_columns_ < kExtraColumnsMax) {
    const std::string name = "extra" + std::to_string(extra_columns_++);
    for (auto& [id, note] : notes_.chunks) note.attributes.emplace_back();
    for (Chunk& note : notes_.gone) note.attributes.emplace_back();
    return One("ADD COLUMN", "ALTER COLLECTION notes ADD COLUMN " + name + " TEXT");
  }
  const std::string name = "other" + std::to_string(next_name_++);
  if (others_.empty() || (others_.size() < 4 && dice < 2)) {
    others_[name] = 0;
    return One("CREATE COLLECTION", "CREATE COLLECTION " + name + " (n INTEGER) WITH (embedder = 'hashed')");
  }
  const auto one = std::next(others_.begin(), static_cast<std::ptrdiff_t>(Draw(others_.size())));
  const std::string old = one->first;
  if (dice == 2) {
    others_[name] = std::exchange(one->second, 0);
    others_.erase(old);
    return One("RENAME", "ALTER COLLECTION " + old + " RENAME TO " + name);
  }
  if (dice == 3 && one->second > 0) {
    others_.erase(one);
    return One("DROP COLLECTION", "DROP COLLECTION " + old);
  }
  Step step = One("INSERT OTHER", "INSERT INTO " + old + " (id, text, n) SELECT 'copy " + std::to_string(done_) + " ' || id, 'A copy of ' || id, 1 FROM notes");
  one->second += notes_.chunks.size();
  if (notes_.chunks.empty()) return Insert();
  return step;
}

Step Steps::Load() {
  Step step = One("COPY", "COPY rows FROM '{root}/rows.jsonl'");
  for (int i = 0; i < 6; ++i) {
    const std::string id = std::to_string(done_) + "." + std::to_string(i), text = "Row " + std::to_string(Draw(1'000'000)) + " of step " + std::to_string(done_);
    step.file += "{\"id\": \"" + id + "\", \"text\": \"" + text + "\", \"n\": " + std::to_string(i) + "}\n";
    rows_[id] = text;
  }
  return step;
}

Step Steps::DrawStep() {
  const size_t dice = Draw(100);
  if (dice < 28) return {.kind = "CHANGES", .changes = workload_.Next()};
  if (dice < 48) return ChangeNotes(Draw(60));
  if (dice < 52) return Together();
  if (dice < 60) return Ask();
  if (dice < 64) return Feedback();
  if (dice < 69) return Forget();
  if (dice < 73) return One("BACKUP", "BACKUP TO '{root}/backups'");
  if (dice < 76) return One("VACUUM", Draw(2) == 0 ? "VACUUM" : Draw(2) == 0 ? "VACUUM notes" : "VACUUM docs");
  if (dice < 78) return One("CHECKPOINT", "CHECKPOINT");
  if (dice < 87) return ChangeGenerations();
  if (dice < 91) return ChangeModels();
  if (dice < 97) return ChangeCollections();
  return Load();
}

Step Steps::Next() {
  Step step = DrawStep();
  ++done_;
  return step;
}

void Steps::SkipTo(uint64_t done) {
  while (done_ < done) Next();
}

Expected Steps::expected() const {
  Expected all = workload_.expected();
  all["notes"] = notes_;
  return all;
}

Facts Steps::facts() const {
  Facts facts;
  if (workload_.transactions() > 0) facts["transactions"] = std::to_string(workload_.transactions());
  facts["columns of notes"] = std::to_string(kNoteColumns + extra_columns_);
  for (const auto& [id, note] : notes_.chunks) facts["note " + id] = note.attributes[0].ToString();
  for (const auto& [id, text] : rows_) facts["row " + id] = text;
  for (size_t i = 0; i < questions_.size(); ++i) facts["answer " + std::to_string(i + 1)] = questions_[i];
  for (const auto& [answer, ratings] : ratings_) {
    for (const std::string& rating : ratings) facts["feedback " + std::to_string(answer)] += rating + ";";
  }
  for (const auto& [name, model] : models_) {
    for (size_t i = 0; i < model.states.size(); ++i) facts["model " + name + "@" + std::to_string(i + 1)] = model.states[i];
  }
  for (const auto& [name, chunks] : others_) facts["collection " + name] = std::to_string(chunks);
  return facts;
}

}  // namespace quire::crash
