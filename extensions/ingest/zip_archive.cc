#include "extensions/ingest/zip_archive.h"

#include <zip.h>

#include <algorithm>

#include "engine/base/utf8.h"

namespace quire::ingest {
namespace {

constexpr size_t kMembersMax = 20'000;
constexpr uint64_t kSuspiciousBytes = uint64_t{4} << 20;  // less is never a bomb
constexpr uint64_t kRatioMax = 250;  // XML of empty spreadsheet cells reaches 100; deflate ends at 1032

Status Damaged(const std::string& name, const std::string& why) {
  return Status(Code::kInvalidArgument, "member '" + Printable(name) + "' of the archive is damaged: " + why);
}

struct CloseFile {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

}  // namespace

void ZipArchive::Close::operator()(zip* archive) const { zip_discard(archive); }
ZipArchive::ZipArchive(ZipArchive&&) noexcept = default;
ZipArchive::~ZipArchive() = default;

Result<ZipArchive> ZipArchive::Open(const ConvertInput& input) {
  if (input.bytes.substr(0, 4) == "\xD0\xCF\x11\xE0") {
    return Status(Code::kUnsupported, "is encrypted, or of the office format before 2007",
                  "save it without a password, as .docx, .xlsx or .pptx");
  }
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(input.bytes.data(), input.bytes.size(), 0, &error);
  ZipArchive archive(input);
  if (source != nullptr) archive.archive_.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
  if (!archive.archive_) {
    if (source != nullptr) zip_source_free(source);
    Status status(Code::kInvalidArgument, std::string("is no ZIP archive: ") + zip_error_strerror(&error));
    zip_error_fini(&error);
    return status;
  }
  zip_error_fini(&error);
  const zip_int64_t count = zip_get_num_entries(archive.archive_.get(), 0);
  if (count > static_cast<zip_int64_t>(kMembersMax)) {
    return Status(Code::kResourceExhausted,
                  "has " + std::to_string(count) + " members, expected at most " + std::to_string(kMembersMax));
  }
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(archive.archive_.get(), static_cast<zip_uint64_t>(i), ZIP_FL_ENC_GUESS);
    if (name != nullptr) archive.names_.emplace_back(name);
  }
  return archive;
}

bool ZipArchive::Has(const std::string& name) const {
  return zip_name_locate(archive_.get(), name.c_str(), ZIP_FL_ENC_GUESS) >= 0;
}

Result<std::string> ZipArchive::Read(const std::string& name) {
  const zip_int64_t index = zip_name_locate(archive_.get(), name.c_str(), ZIP_FL_ENC_GUESS);
  if (index < 0) return Status(Code::kNotFound, "has no member '" + Printable(name) + "'");
  zip_stat_t info;
  zip_stat_init(&info);
  if (zip_stat_index(archive_.get(), static_cast<zip_uint64_t>(index), 0, &info) != 0)
    return Damaged(name, "no header");
  if ((info.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && info.encryption_method != ZIP_EM_NONE) {
    return Status(Code::kUnsupported, "is encrypted", "save it without a password");
  }
  const std::unique_ptr<zip_file_t, CloseFile> file(
      zip_fopen_index(archive_.get(), static_cast<zip_uint64_t>(index), 0));
  if (!file) return Damaged(name, zip_strerror(archive_.get()));
  const uint64_t packed = std::max<uint64_t>(1, std::min<uint64_t>(info.comp_size, input_->bytes.size()));
  std::string bytes;
  for (std::string buffer(size_t{1} << 18, '\0');;) {
    const zip_int64_t got = zip_fread(file.get(), buffer.data(), buffer.size());
    if (got < 0) return Damaged(name, zip_file_strerror(file.get()));
    if (got == 0) return bytes;
    bytes.append(buffer, 0, static_cast<size_t>(got));
    read_ += static_cast<uint64_t>(got);
    if (read_ > kConvertedBytesMax || (bytes.size() > kSuspiciousBytes && bytes.size() / packed > kRatioMax)) {
      return Status(Code::kResourceExhausted, "member '" + Printable(name) + "' unpacks to more than " +
                                                  std::to_string(bytes.size()) + " bytes: a bomb?");
    }
    QUIRE_RETURN_IF_ERROR(input_->CheckTime());
  }
}

std::string ResolveMember(std::string_view folder, std::string_view target) {
  std::vector<std::string_view> parts;
  const auto walk = [&parts](std::string_view path) {
    while (!path.empty()) {
      const size_t slash = std::min(path.find('/'), path.size());
      const std::string_view part = path.substr(0, slash);
      path.remove_prefix(std::min(slash + 1, path.size()));
      if (part == ".." && !parts.empty()) parts.pop_back();
      if (!part.empty() && part != "." && part != "..") parts.push_back(part);
    }
  };
  if (target.substr(0, 1) != "/") walk(folder);
  walk(target);
  std::string name;
  for (const std::string_view part : parts) name.append(name.empty() ? "" : "/").append(part);
  return name;
}

std::string_view FolderOfMember(std::string_view name) {
  const size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
}

}  // namespace quire::ingest
