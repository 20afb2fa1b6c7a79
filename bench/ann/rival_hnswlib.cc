// hnswlib, as its own examples use it. Compiled for the machine at hand: it chooses its instructions by macros.
#include <hnswlib/hnswlib.h>

#include <atomic>
#include <exception>
#include <filesystem>
#include <mutex>
#include <thread>

#include "bench/ann/machine.h"
#include "bench/ann/system.h"

namespace quire::bench {
namespace {

using Graph = hnswlib::HierarchicalNSW<float>;

constexpr size_t kM = 16;
constexpr size_t kEfConstruction = 200;
constexpr size_t kEfs[] = {10, 14, 20, 28, 40, 56, 80, 120, 160, 240, 320, 480, 800};

// hnswlib throws.
template <typename Body>
Status Guarded(Body&& body) {
  try {
    body();
    return {};
  } catch (const std::exception& error) {
    return {Code::kInternal, std::string("hnswlib: ") + error.what()};
  }
}

class HnswlibSystem : public System {
 public:
  explicit HnswlibSystem(const Problem& problem) : problem_(problem), path_(problem.folder + "/hnswlib/index") {
    if (problem.metric == Metric::kL2) {
      space_ = std::make_unique<hnswlib::L2Space>(problem.base.dim);
    } else {
      space_ = std::make_unique<hnswlib::InnerProductSpace>(problem.base.dim);
    }
  }

  std::string name() const override { return "hnswlib"; }
  std::string settings() const override {
#if defined(USE_AVX512)
    const char* level = "AVX-512";
#elif defined(USE_AVX)
    const char* level = "AVX";
#else
    const char* level = "SSE or plain";
#endif
    return "M 16, ef_construction 200, f32, " + std::string(level) + ", in memory";
  }
  std::vector<std::string> points() const override {
    std::vector<std::string> names;
    for (const size_t ef : kEfs) names.push_back("ef=" + std::to_string(ef));
    return names;
  }

  Result<BuildFigures> Build() override {
    const Stopwatch watch;
    QUIRE_RETURN_IF_ERROR(Guarded([this] {
      graph_ = std::make_unique<Graph>(space_.get(), problem_.base.rows, kM, kEfConstruction);
      AddAll();
    }));
    BuildFigures figures;
    figures.seconds = watch.seconds();
    const Status saved = Guarded([this] { graph_->saveIndex(path_); });
    Close();
    QUIRE_RETURN_IF_ERROR(saved);
    return figures;
  }

  Status Open() override {
    return Guarded([this] {
      graph_ = std::make_unique<Graph>(space_.get(), path_);
      // 0.6.2 leaves it unset when it loads, and then searches as if there were deleted vectors. There are none.
      graph_->num_deleted_ = 0;
    });
  }

  void Close() override { graph_.reset(); }

  void SetPoint(size_t point) override { graph_->setEf(kEfs[point]); }

  Status Search(const float* query, uint32_t k, std::vector<uint32_t>* found) override {
    try {
      thread_local std::vector<float> scratch;
      auto nearest = graph_->searchKnn(Given(query, &scratch), k);
      found->resize(nearest.size());
      for (size_t i = nearest.size(); i > 0; nearest.pop()) (*found)[--i] = static_cast<uint32_t>(nearest.top().second);
      return {};
    } catch (const std::exception& error) {
      return {Code::kInternal, std::string("hnswlib: ") + error.what()};
    }
  }

  bool has_churn() const override { return true; }
  // A deleted vector is only marked; inserting its label again is what hnswlib calls an update.
  Result<ChurnFigures> Churn(const std::vector<uint32_t>& rows) override {
    ChurnFigures figures;
    QUIRE_RETURN_IF_ERROR(Guarded([&] {
      const Stopwatch deleting;
      for (const uint32_t row : rows) graph_->markDelete(row);
      figures.delete_seconds = deleting.seconds();
      const Stopwatch inserting;
      std::vector<float> scratch;
      for (const uint32_t row : rows) graph_->addPoint(Given(problem_.base.row(row), &scratch), row);
      figures.insert_seconds = inserting.seconds();
    }));
    return figures;
  }

 private:
  // A vector as the graph wants it: of length 1 for cosine.
  const float* Given(const float* vector, std::vector<float>* scratch) const {
    if (problem_.metric != Metric::kCosine) return vector;
    scratch->resize(problem_.base.dim);
    Normalize(vector, problem_.base.dim, scratch->data());
    return scratch->data();
  }

  void AddAll() {
    std::vector<float> first;
    graph_->addPoint(Given(problem_.base.row(0), &first), 0);
    std::atomic<size_t> next{1};
    std::mutex mutex;
    std::exception_ptr failure;
    const auto work = [&] {
      try {
        std::vector<float> scratch;
        for (size_t row; (row = next.fetch_add(1)) < problem_.base.rows;) {
          graph_->addPoint(Given(problem_.base.row(row), &scratch), row);
        }
      } catch (...) {
        const std::lock_guard<std::mutex> lock(mutex);
        failure = std::current_exception();
      }
    };
    std::vector<std::thread> others;
    for (size_t i = 1; i < problem_.build_threads; ++i) others.emplace_back(work);
    work();
    for (std::thread& other : others) other.join();
    if (failure) std::rethrow_exception(failure);
  }

  const Problem& problem_;
  std::string path_;
  std::unique_ptr<hnswlib::SpaceInterface<float>> space_;
  std::unique_ptr<Graph> graph_;
};

}  // namespace

std::unique_ptr<System> MakeHnswlib(const Problem& problem) { return std::make_unique<HnswlibSystem>(problem); }

}  // namespace quire::bench
