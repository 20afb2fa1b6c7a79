// A shell over streams, for tests: what it is given, and what it wrote where.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "sql/shell/shell.h"

namespace quire::sql {

struct Ended {
  int code = 0;
  std::string out, err;
};

inline std::string Everything(std::FILE* file) {
  std::string text;
  std::rewind(file);
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text.push_back(static_cast<char>(c));
  std::fclose(file);
  return text;
}

inline Ended RunShell(ShellOptions options, const std::string& input = {}) {
  std::FILE* in = std::tmpfile();
  std::FILE* out = std::tmpfile();
  std::FILE* err = std::tmpfile();
  std::fputs(input.c_str(), in);
  std::rewind(in);
  Ended ended;
  ended.code = Shell(std::move(options), std::make_shared<const Registry>(), in, out, err).Run();
  std::fclose(in);
  ended.out = Everything(out);
  ended.err = Everything(err);
  return ended;
}

inline Ended RunScript(const std::string& script, const std::string& database = {},
                       OutputMode mode = OutputMode::kCsv) {
  return RunShell({.database = database, .mode = mode, .scripts = {{false, script}}});
}

}  // namespace quire::sql
