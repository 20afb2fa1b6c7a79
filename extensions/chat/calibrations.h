// Calibrations: what CALIBRATE found, kept beside the documents.
#pragma once

#include <optional>
#include <string_view>

#include "extensions/chat/calibrate.h"
#include "sql/registry/registry.h"

namespace quire::chat {

// One row a collection that was calibrated; an ordinary collection, made by the first CALIBRATE.
inline constexpr std::string_view kCalibrationsCollection = "quire_calibrations";

// Errors: those of the commit.
Status KeepCalibration(Database& database, const Calibration& calibration);

// That of a collection, or nothing. Errors: kCorruption. Cost: one read.
Result<std::optional<Calibration>> FindCalibration(const Reader& reader, std::string_view collection);

// CALIBRATE: fits, keeps, and gives the row. Options: `refusal`, the target. Errors: those of FitCalibration and KeepCalibration;
// kInvalidArgument for another option.
Result<sql::RowSet> CalibrateCollection(std::string_view collection, const sql::StatementOptions& options, const sql::Session& session);

// SHOW CALIBRATION: the row of a collection; empty: of all. None for one that was not calibrated.
Result<sql::RowSet> ShowCalibrations(std::string_view collection, const sql::Session& session);

}  // namespace quire::chat
