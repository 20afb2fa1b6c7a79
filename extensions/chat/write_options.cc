#include "extensions/chat/write_options.h"

#include "engine/base/utf8.h"
#include "extensions/chat/words.h"

namespace quire::chat {
namespace {

Status Expected(std::string_view name, std::string_view what, const Value& value) {
  const Code code = value.type() == Type::kText ? Code::kInvalidArgument : Code::kTypeMismatch;
  return Status(code, "option '" + std::string(name) + "': expected " + std::string(what) + ", found " +
                          (value.type() == Type::kText ? "'" + Printable(value.text()) + "'" : std::string(TypeName(value.type()))));
}

Status TakeBoolean(std::string_view name, const Value& value, bool* taken) {
  const Result<Value> boolean = Cast(value, Type::kBoolean);
  if (!boolean.ok() || boolean->is_null()) return Expected(name, "true or false", value);
  *taken = boolean->boolean();
  return {};
}

// One word that an option takes.
Status TakeWord(std::string_view name, std::string_view word, const Value& value, bool* taken) {
  if (value.type() != Type::kText || FoldCase(value.text()) != word) return Expected(name, "'" + std::string(word) + "'", value);
  *taken = true;
  return {};
}

}  // namespace

Result<WriteOptions> TakeWriteOptions(sql::StatementOptions* options) {
  WriteOptions taken;
  for (auto option = options->begin(); option != options->end();) {
    const auto& [name, value] = *option;
    bool own = true;
    if (name == "conversation") {
      if (value.type() != Type::kText || value.text().empty() || value.text().size() > 256) return Expected(name, "a text of 1 to 256 bytes", value);
      taken.conversation = value.text();
    } else if (name == "mode") {
      QUIRE_RETURN_IF_ERROR(TakeWord(name, "strict", value, &taken.strict));
    } else if (name == "rewrite") {
      QUIRE_RETURN_IF_ERROR(TakeWord(name, "model", value, &taken.rewrite));
    } else if (name == "verify") {
      QUIRE_RETURN_IF_ERROR(TakeWord(name, "model", value, &taken.verify));
    } else if (name == "keep") {
      QUIRE_RETURN_IF_ERROR(TakeBoolean(name, value, &taken.keep));
    } else if (name == "cache") {
      QUIRE_RETURN_IF_ERROR(TakeBoolean(name, value, &taken.cache));
    } else if (name == "max_cost") {
      if (!value.is_number() || !(value.AsDouble() > 0)) return Expected(name, "a number above 0", value);
      taken.max_cost = value.AsDouble();
    } else {
      own = false;
    }
    option = own ? options->erase(option) : std::next(option);
  }
  if (taken.verify && taken.strict) {
    return Status(Code::kInvalidArgument, "mode = 'strict' keeps what the documents' own words support: there is nothing for verify = 'model' to decide");
  }
  return taken;
}

}  // namespace quire::chat
