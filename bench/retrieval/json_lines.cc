#include "bench/retrieval/json_lines.h"

#include <zlib.h>

#include <array>
#include <memory>

namespace quire::bench {
namespace {

struct CloseFile {
  void operator()(gzFile_s* file) const { gzclose(file); }
};

// The next line without its end; false at the end of the file.
bool ReadLine(gzFile_s* file, std::string* line) {
  line->clear();
  std::array<char, 1 << 16> part;
  while (gzgets(file, part.data(), static_cast<int>(part.size())) != nullptr) {
    line->append(part.data());
    if (line->back() != '\n') continue;
    line->pop_back();
    return true;
  }
  return !line->empty();
}

}  // namespace

Status ReadJsonLines(const std::string& path, function_ref<void(const nlohmann::json&)> take) {
  const std::unique_ptr<gzFile_s, CloseFile> file(gzopen(path.c_str(), "rb"));
  if (file == nullptr) return Status(Code::kIoError, "file '" + path + "' cannot be read");
  gzbuffer(file.get(), 1 << 20);
  size_t number = 0;
  for (std::string line; ReadLine(file.get(), &line);) {
    ++number;
    if (line.empty()) continue;
    try {
      take(nlohmann::json::parse(line));
    } catch (const nlohmann::json::exception& error) {
      return Status(Code::kInvalidArgument, path + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  int code = 0;
  const char* message = gzerror(file.get(), &code);
  if (code != Z_OK && code != Z_STREAM_END) return Status(Code::kIoError, "file '" + path + "': " + message);
  return {};
}

}  // namespace quire::bench
