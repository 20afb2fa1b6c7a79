#include "extensions/providers/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <random>
#include <thread>

namespace quire::providers {
namespace {

using std::chrono::milliseconds;

constexpr size_t kHandlesKept = 8;
constexpr milliseconds kLook{50};  // how often a wait looks whether it was cancelled

// What the callbacks of one request see.
struct Transfer {
  const HttpRequest* request = nullptr;
  HttpResponse response{};
  CURL* handle = nullptr;
  bool delivered = false;  // something went to on_data
  bool refused = false;    // on_data wanted no more
  bool too_large = false;
};

bool IsCancelled(const HttpRequest& request) {
  return request.cancelled != nullptr && request.cancelled->load(std::memory_order_relaxed);
}

size_t TakeBody(char* data, size_t size, size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  const std::string_view bytes(data, size * count);
  long status = 0;
  curl_easy_getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &status);
  if (transfer->request->on_data && status >= 200 && status < 300) {
    transfer->delivered = true;
    transfer->refused = !transfer->request->on_data(bytes);
    return transfer->refused ? 0 : bytes.size();
  }
  if (bytes.size() > transfer->request->body_max - transfer->response.body.size()) {
    transfer->too_large = true;
    return 0;
  }
  transfer->response.body += bytes;
  return bytes.size();
}

size_t TakeHeader(char* data, size_t size, size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  std::string_view line(data, size * count);
  const size_t colon = line.find(':');
  if (line.rfind("HTTP/", 0) == 0) transfer->response.headers.clear();  // of the last answer, not of "100 Continue"
  if (colon == std::string_view::npos) return size * count;
  std::string name(line.substr(0, colon));
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  line.remove_prefix(colon + 1);
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n' || line.back() == ' ')) line.remove_suffix(1);
  transfer->response.headers[std::move(name)] = line;
  return size * count;
}

std::string HostOf(const std::string& url) {
  const size_t begin = url.find("://");
  if (begin == std::string::npos) return "the endpoint";
  const size_t end = url.find_first_of("/?#", begin + 3);
  std::string host = url.substr(begin + 3, end == std::string::npos ? end : end - begin - 3);
  return host.substr(host.find('@') + 1);  // what stands before it may be a password; none: npos + 1 is 0
}

Status FailureOf(CURLcode code, const Transfer& transfer) {
  const std::string host = HostOf(transfer.request->url);
  if (transfer.refused || code == CURLE_ABORTED_BY_CALLBACK) return Status(Code::kCancelled, "cancelled");
  if (transfer.too_large) return Status(Code::kResourceExhausted, host + " sent an answer that is too large");
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    return Status(Code::kInvalidArgument, "the endpoint is no http or https address");
  }
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return Status(Code::kUnavailable, host + " did not answer within " + std::to_string(transfer.request->timeout.count()) + " ms");
  }
  return Status(Code::kUnavailable, host + " cannot be reached: " + curl_easy_strerror(code));
}

// As curl_easy_perform, which looks once a second whether it was cancelled.
CURLcode Perform(const HttpRequest& request, CURL* handle, CURLM* multi) {
  if (curl_multi_add_handle(multi, handle) != CURLM_OK) return CURLE_FAILED_INIT;
  CURLcode code = CURLE_ABORTED_BY_CALLBACK;
  int running = 1;
  while (!IsCancelled(request)) {
    if (curl_multi_perform(multi, &running) != CURLM_OK) {
      code = CURLE_FAILED_INIT;
      break;
    }
    if (running == 0) {
      int left = 0;
      if (const CURLMsg* message = curl_multi_info_read(multi, &left)) code = message->data.result;
      break;
    }
    curl_multi_poll(multi, nullptr, 0, static_cast<int>(kLook.count()), nullptr);
  }
  curl_multi_remove_handle(multi, handle);
  return code;
}

bool IsWorthRetrying(const Result<HttpResponse>& response) {
  if (!response.ok()) return response.status().code() == Code::kUnavailable;
  const auto says = response->headers.find("x-should-retry");
  if (says != response->headers.end() && (says->second == "true" || says->second == "false")) return says->second == "true";
  const int status = response->status;
  return status == 408 || status == 409 || status == 429 || status >= 500;
}

bool Wait(milliseconds time, const HttpRequest& request) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    if (IsCancelled(request)) return false;
    std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(kLook, end - std::chrono::steady_clock::now()));
  }
  return !IsCancelled(request);
}

}  // namespace

milliseconds AskedWait(const HttpResponse& response, int64_t now) {
  const auto read = [&](const char* name) -> const std::string* {
    const auto found = response.headers.find(name);
    return found == response.headers.end() || found->second.empty() ? nullptr : &found->second;
  };
  const auto number = [](const std::string& text) {
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    return *end == '\0' && std::isfinite(value) && value >= 0 && value < 1e9 ? value : -1.0;
  };
  if (const std::string* text = read("retry-after-ms")) {
    if (const double value = number(*text); value >= 0) return milliseconds(static_cast<int64_t>(value));
  }
  const std::string* text = read("retry-after");
  if (text == nullptr) return milliseconds(-1);
  if (const double value = number(*text); value >= 0) return milliseconds(static_cast<int64_t>(1000 * value));
  const time_t date = curl_getdate(text->c_str(), nullptr);
  return date < 0 ? milliseconds(-1) : milliseconds(1000 * std::max<int64_t>(0, static_cast<int64_t>(date) - now));
}

HttpClient::HttpClient() { curl_global_init(CURL_GLOBAL_DEFAULT); }

HttpClient::~HttpClient() {
  for (const Handle& handle : free_) Destroy(handle);
  curl_global_cleanup();
}

void HttpClient::Destroy(const Handle& handle) {
  curl_easy_cleanup(handle.easy);
  curl_multi_cleanup(handle.multi);
}

HttpClient::Handle HttpClient::TakeHandle() {
  {
    std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      const Handle handle = free_.back();
      free_.pop_back();
      return handle;
    }
  }
  return {curl_easy_init(), curl_multi_init()};
}

void HttpClient::ReturnHandle(const Handle& handle) {
  curl_easy_reset(handle.easy);  // the connection is kept by `multi`
  {
    std::lock_guard lock(mutex_);
    if (free_.size() < kHandlesKept) return free_.push_back(handle);
  }
  Destroy(handle);
}

Result<HttpResponse> HttpClient::Send(const HttpRequest& request) {
  const Handle taken = TakeHandle();
  CURL* const handle = taken.easy;
  CURLM* const multi = taken.multi;
  if (handle == nullptr || multi == nullptr) {
    Destroy(taken);
    return Status(Code::kResourceExhausted, "libcurl has no memory");
  }
  Transfer transfer{.request = &request, .handle = handle};
  curl_slist* headers = curl_slist_append(nullptr, "Expect:");  // no waiting for "100 Continue"
  for (const std::string& header : request.headers) headers = curl_slist_append(headers, header.c_str());
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
  if (!request.body.empty()) {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &TakeBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &TakeHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
  const CURLcode code = Perform(request, handle, multi);
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  curl_slist_free_all(headers);
  ReturnHandle(taken);
  if (code != CURLE_OK) {
    Status failure = FailureOf(code, transfer);
    // What was shown cannot be taken back: nobody may try again.
    if (!transfer.delivered || failure.code() != Code::kUnavailable) return failure;
    return Status(Code::kIoError, std::string(failure.message()));
  }
  transfer.response.status = static_cast<int>(status);
  return std::move(transfer.response);
}

Result<HttpResponse> HttpClient::SendAgain(const HttpRequest& request, const RetryPolicy& policy) {
  milliseconds next = policy.first;
  std::minstd_rand random{std::random_device()()};
  for (int retry = 0;; ++retry) {
    Result<HttpResponse> response = Send(request);
    if (retry >= policy.retries || !IsWorthRetrying(response)) return response;
    milliseconds wait = response.ok() ? AskedWait(*response, static_cast<int64_t>(std::time(nullptr))) : milliseconds(-1);
    if (wait > policy.asked_most) return response;
    if (wait < milliseconds(0)) {
      wait = next - milliseconds(next.count() > 3 ? static_cast<int64_t>(random()) % (next.count() / 4 + 1) : 0);
      next = std::min(2 * next, policy.most);
    }
    if (!Wait(wait, request)) return Status(Code::kCancelled, "cancelled");
  }
}

}  // namespace quire::providers
