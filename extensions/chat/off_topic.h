// Off topic: questions that hardly any documentation answers, for CALIBRATE.
#pragma once

#include <span>
#include <string_view>

namespace quire::chat {

// General knowledge, everyday life, and computing in general, which comes nearest to what documentation is about.
std::span<const std::string_view> OffTopicQuestions();

}  // namespace quire::chat
