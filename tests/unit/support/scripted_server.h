// ScriptedServer: an HTTP server on a socket of this machine that says what a test tells it to.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace quire::testing {

class ScriptedServer {
 public:
  struct Request {
    std::string head;  // request line and headers
    std::string body;
  };
  struct Reply {
    int status = 200;
    std::string body{};
    std::string headers{};  // lines with \r\n
    bool half = false;      // only half of the body is sent, then the connection ends
    bool hangs = false;     // nothing is sent before the server stops; with pieces: nothing more
    // In place of `body`, as a stream without a length: piece by piece, `pause_ms` before each, the last one `times` times.
    std::vector<std::string> pieces{};
    int pause_ms = 0;
    uint64_t times = 1;
  };
  // `script` is given each request and its number from 0; one at a time.
  using Script = std::function<Reply(const Request&, size_t number)>;

  explicit ScriptedServer(Script script) : script_(std::move(script)), socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(socket_, generic, size) != 0 || listen(socket_, 16) != 0 || getsockname(socket_, generic, &size) != 0) std::abort();
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~ScriptedServer() {
    stopping_ = true;
    thread_.join();
    close(socket_);
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::string url(const std::string& path = "") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  std::vector<Request> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  bool WaitFor(int file) const {
    while (!stopping_) {
      pollfd wait{.fd = file, .events = POLLIN, .revents = 0};
      if (poll(&wait, 1, 20) > 0) return true;
    }
    return false;
  }

  bool Read(int file, std::string* bytes) const {
    char buffer[16'384];
    if (!WaitFor(file)) return false;
    const ssize_t count = read(file, buffer, sizeof buffer);
    if (count > 0) bytes->append(buffer, static_cast<size_t>(count));
    return count > 0;
  }

  void Serve() {
    while (WaitFor(socket_)) {
      const int file = accept(socket_, nullptr, nullptr);
      if (file < 0) continue;
      Answer(file);
      close(file);
    }
  }

  void Answer(int file) {
    std::string bytes;
    size_t end;
    while ((end = bytes.find("\r\n\r\n")) == std::string::npos) {
      if (!Read(file, &bytes)) return;
    }
    Request request{.head = bytes.substr(0, end), .body = bytes.substr(end + 4)};
    const size_t length_at = request.head.find("Content-Length: ");
    const size_t length = length_at == std::string::npos ? 0 : std::strtoul(request.head.c_str() + length_at + 16, nullptr, 10);
    while (request.body.size() < length) {
      if (!Read(file, &request.body)) return;
    }
    size_t number;
    {
      std::lock_guard lock(mutex_);
      number = requests_.size();
      requests_.push_back(request);
    }
    const Reply reply = script_(request, number);
    if (!reply.pieces.empty()) return Stream(file, reply);
    if (reply.hangs) return Hang(file);
    std::string out = "HTTP/1.1 " + std::to_string(reply.status) + " X\r\nConnection: close\r\nContent-Length: " +
                      std::to_string(reply.body.size()) + "\r\n" + reply.headers + "\r\n" +
                      reply.body.substr(0, reply.half ? reply.body.size() / 2 : std::string::npos);
    Send(file, out);
  }

  static bool Send(int file, const std::string& out) {
    for (size_t sent = 0; sent < out.size();) {
      const ssize_t count = send(file, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return false;
      sent += static_cast<size_t>(count);
    }
    return true;
  }

  void Hang(int file) const {
    while (!stopping_) {
      pollfd wait{.fd = file, .events = POLLIN, .revents = 0};
      char byte;
      if (poll(&wait, 1, 20) > 0 && recv(file, &byte, 1, MSG_DONTWAIT) == 0) return;  // the client gave up
    }
  }

  void Stream(int file, const Reply& reply) const {
    const int now = 1;
    setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &now, sizeof now);
    if (!Send(file, "HTTP/1.1 " + std::to_string(reply.status) + " X\r\nConnection: close\r\n" + reply.headers + "\r\n")) return;
    for (const std::string& piece : reply.pieces) {
      const uint64_t times = &piece == &reply.pieces.back() ? reply.times : 1;
      for (uint64_t i = 0; i < times && !stopping_; ++i) {
        if (reply.pause_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(reply.pause_ms));
        if (!Send(file, piece)) return;
      }
    }
    if (reply.hangs) Hang(file);
  }

  const Script script_;
  const int socket_;
  uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::thread thread_;
};

}  // namespace quire::testing
