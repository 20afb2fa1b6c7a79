// ZipArchive: the members of a ZIP file in memory. Nothing is ever unpacked to disk, names are only compared.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/ingest/converters.h"
#include "quire/status.h"

struct zip;

namespace quire::ingest {

class ZipArchive {
 public:
  // Of input.bytes; `input` must outlive it. Errors: kInvalidArgument (no ZIP file), kUnsupported (the older, or encrypted, form
  // of office files), kResourceExhausted (more members than any document has).
  static Result<ZipArchive> Open(const ConvertInput& input);
  ZipArchive(ZipArchive&&) noexcept;
  ~ZipArchive();

  bool Has(const std::string& name) const;
  const std::vector<std::string>& names() const { return names_; }

  // The bytes of a member; what its header says of their number is not believed. Errors: kNotFound, kInvalidArgument
  // (damaged), kUnsupported (encrypted), kResourceExhausted (larger than kConvertedBytesMax together with what was read
  // before, or a bomb), kCancelled.
  Result<std::string> Read(const std::string& name);

 private:
  struct Close {
    void operator()(zip* archive) const;
  };
  explicit ZipArchive(const ConvertInput& input) : input_(&input) {}

  const ConvertInput* input_;
  std::unique_ptr<zip, Close> archive_;
  std::vector<std::string> names_;
  uint64_t read_ = 0;
};

// "OEBPS/text" and "../images/a.png" as "OEBPS/images/a.png"; "/a" begins at the root. What leads out of the root is cut off.
std::string ResolveMember(std::string_view folder, std::string_view target);
// "OEBPS/text" of "OEBPS/text/a.html".
std::string_view FolderOfMember(std::string_view name);

}  // namespace quire::ingest
