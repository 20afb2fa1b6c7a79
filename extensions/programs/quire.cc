// quire: the shell, put together with the extensions it knows.
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "extensions/chat/register.h"
#include "extensions/ingest/register.h"
#include "extensions/providers/register.h"
#include "sql/shell/shell.h"

namespace {

quire::Status RegisterExtensions(quire::sql::Registry* registry) {
  QUIRE_RETURN_IF_ERROR(quire::ingest::RegisterIngest(registry));
  QUIRE_RETURN_IF_ERROR(quire::providers::RegisterProviders(registry));
  return quire::chat::RegisterChat(registry);
}

}  // namespace

int main(int argc, char** argv) {
  auto registry = std::make_shared<quire::sql::Registry>();
  if (const quire::Status status = RegisterExtensions(registry.get()); !status.ok()) {
    std::fprintf(stderr, "%s\n", quire::FormatError(status, {}).c_str());
    return quire::sql::kExitFailed;
  }
  return quire::sql::ShellMain(std::vector<std::string>(argv + 1, argv + argc), std::move(registry));
}
