// ScriptedServer: an HTTP server on a socket of this machine that says what a test tells it to.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
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
    bool hangs = false;     // nothing is sent before the server stops
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
    if (reply.hangs) {
      while (!stopping_) {
        pollfd wait{.fd = file, .events = POLLIN, .revents = 0};
        char byte;
        if (poll(&wait, 1, 20) > 0 && recv(file, &byte, 1, MSG_DONTWAIT) == 0) return;  // the client gave up
      }
      return;
    }
    std::string out = "HTTP/1.1 " + std::to_string(reply.status) + " X\r\nConnection: close\r\nContent-Length: " +
                      std::to_string(reply.body.size()) + "\r\n" + reply.headers + "\r\n" +
                      reply.body.substr(0, reply.half ? reply.body.size() / 2 : std::string::npos);
    for (size_t sent = 0; sent < out.size();) {
      const ssize_t count = send(file, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return;
      sent += static_cast<size_t>(count);
    }
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
