// Stemmer: Snowball with a cache in front. ScratchPool: one per thread at work, without thread-local state.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

struct sb_stemmer;

namespace quire::text {

// Stems folded words of one language. Not safe for concurrent use.
// A text repeats its words, so that a direct-mapped cache answers nine of ten in a few nanoseconds; Snowball needs 200.
class Stemmer {
 public:
  // `language` is a name of Snowball's, or "none".
  explicit Stemmer(const char* language);
  ~Stemmer();
  Stemmer(const Stemmer&) = delete;
  Stemmer& operator=(const Stemmer&) = delete;

  // The stem of a folded word; the word itself if there is no stemmer. Good until the next call. `word` is not empty.
  std::string_view Stem(std::string_view word);

 private:
  static constexpr size_t kCachedBytes = 16;
  struct Entry {
    uint64_t low = 0;   // the word, padded with zeros
    uint64_t high = 0;  // both zero: free, for a word is not empty
    std::array<char, kCachedBytes> stem{};
    uint8_t length = 0;
  };
  std::string_view StemUncached(std::string_view word);

  sb_stemmer* snowball_ = nullptr;
  std::vector<Entry> cache_;
};

// Hands out objects that are costly to make and not safe for concurrent use. Safe for concurrent use.
template <typename T>
class ScratchPool {
 public:
  // An object on loan; goes back when the lease ends.
  class Lease {
   public:
    Lease(ScratchPool* pool, std::unique_ptr<T> object) : pool_(pool), object_(std::move(object)) {}
    ~Lease() { pool_->Return(std::move(object_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    T* operator->() { return object_.get(); }
    T& operator*() { return *object_; }

   private:
    ScratchPool* pool_;
    std::unique_ptr<T> object_;
  };

  explicit ScratchPool(std::function<std::unique_ptr<T>()> make) : make_(std::move(make)) {}

  Lease Take() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (!free_.empty()) {
        std::unique_ptr<T> object = std::move(free_.back());
        free_.pop_back();
        return Lease(this, std::move(object));
      }
    }
    return Lease(this, make_());
  }

 private:
  void Return(std::unique_ptr<T> object) {
    std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(std::move(object));
  }

  std::function<std::unique_ptr<T>()> make_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> free_;
};

}  // namespace quire::text
