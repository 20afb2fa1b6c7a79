// HttpClient: requests to a model's endpoint, with deadlines, cancelling and retries. libcurl behind a seam.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "quire/status.h"

namespace quire::providers {

struct HttpRequest {
  std::string url{};                    // http or https; certificates are verified, redirects are not followed
  std::vector<std::string> headers{};   // "Name: value"
  std::string body{};                   // sent by POST; empty: GET
  std::chrono::milliseconds timeout{30'000};         // of the whole request
  const std::atomic<bool>* cancelled = nullptr;      // looked at twenty times a second
  // Given the body of a 2xx answer as it comes, for streams; false ends the request with kCancelled. Empty: it is gathered.
  std::function<bool(std::string_view)> on_data{};
  size_t body_max = size_t{256} << 20;  // of what is gathered
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers{};  // by lower-case name; the last one of a name
  std::string body{};
};

// How often and when a request is made again: after 408, 409, 429, 5xx, and where no answer came; never once on_data was called.
struct RetryPolicy {
  int retries = 2;
  std::chrono::milliseconds first{500};   // then twice as long each time, a quarter of it at random
  std::chrono::milliseconds most{8'000};
  std::chrono::milliseconds asked_most{60'000};  // longer waits that the server asks for are not waited for
};

// How long a server asks to wait, as `retry-after-ms`, or `retry-after` in seconds (also with a fraction) or as a date; negative: it does
// not say. `now`: seconds since 1970.
std::chrono::milliseconds AskedWait(const HttpResponse& response, int64_t now);

// Safe for concurrent use; connections are kept and used again.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // One request. Any status is an answer. Errors: kUnavailable (no connection, no whole answer, or none in time), kCancelled,
  // kInvalidArgument (the URL), kResourceExhausted (a body above body_max). Messages name the host, and no header.
  Result<HttpResponse> Send(const HttpRequest& request);
  // The same with retries; the timeout is of each of them. The last answer, whatever its status.
  Result<HttpResponse> SendAgain(const HttpRequest& request, const RetryPolicy& policy);

 private:
  // libcurl's: a request, and what drives it and keeps its connection.
  struct Handle {
    void* easy = nullptr;
    void* multi = nullptr;
  };
  Handle TakeHandle();
  void ReturnHandle(const Handle& handle);
  static void Destroy(const Handle& handle);

  std::mutex mutex_;
  std::vector<Handle> free_;
};

}  // namespace quire::providers
