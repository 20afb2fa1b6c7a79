// FAISS: a graph, inverted lists with and without codes, and brute force. Its parts are many; these are the ones people
// reach for. Cosine is the inner product of vectors of length 1, as its manual has it.
#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/IndexIVFPQFastScan.h>
#include <faiss/IndexRefine.h>
#include <faiss/index_io.h>
#include <faiss/utils/utils.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <exception>

#include "bench/ann/machine.h"
#include "bench/ann/system.h"

namespace quire::bench {
namespace {

constexpr size_t kRowsPerAdd = 20'000;
constexpr size_t kTrainingPerList = 100;

enum class Kind { kHnsw, kIvfFlat, kIvfPqFastScan, kFlat };

struct Point {
  std::string label;
  size_t breadth;  // efSearch or nprobe
  float k_factor;
};

std::vector<Point> PointsOf(Kind kind, size_t lists) {
  std::vector<Point> points;
  if (kind == Kind::kFlat) points.push_back({"all", 0, 1});
  if (kind == Kind::kHnsw) {
    for (const size_t ef : {10, 14, 20, 28, 40, 56, 80, 120, 160, 240, 320, 480, 800}) {
      points.push_back({"efSearch=" + std::to_string(ef), ef, 1});
    }
  }
  for (const size_t probes : {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048}) {
    if (probes > lists) break;
    const std::string label = "nprobe=" + std::to_string(probes);
    if (kind == Kind::kIvfFlat) points.push_back({label, probes, 1});
    if (kind != Kind::kIvfPqFastScan || probes < 4) continue;
    for (const int factor : {2, 5, 15, 40}) {
      points.push_back({label + ",k_factor=" + std::to_string(factor), probes, static_cast<float>(factor)});
    }
  }
  return points;
}

class FaissSystem : public System {
 public:
  FaissSystem(const Problem& problem, Kind kind, std::string name)
      : problem_(problem),
        kind_(kind),
        name_(std::move(name)),
        path_(problem.folder + "/" + name_ + "/index"),
        lists_(static_cast<size_t>(4 * std::sqrt(static_cast<double>(problem.base.rows)))),
        points_(PointsOf(kind, lists_)) {}

  std::string name() const override { return name_; }

  std::string settings() const override {
    std::string text;
    if (kind_ == Kind::kHnsw) text = "M 16, efConstruction 200, f32";
    if (kind_ == Kind::kIvfFlat) text = "nlist " + std::to_string(lists_) + ", f32";
    if (kind_ == Kind::kIvfPqFastScan) {
      text =
          "nlist " + std::to_string(lists_) + ", PQ " + std::to_string(SubQuantizers()) + " x 4 bits, re-ranked by f32";
    }
    if (kind_ == Kind::kFlat) text = "brute force, f32";
    return text + ", faiss built with " + faiss::get_compile_options() + ", in memory";
  }

  std::string note() const override {
    if (faiss::get_compile_options().find("AVX") != std::string::npos) return {};
    return "this faiss is built for any x86-64, without AVX2: its fast scan is emulated and many times slower than a "
           "faiss built for this machine (-DQUIRE_FAISS_ROOT)";
  }

  std::vector<std::string> points() const override {
    std::vector<std::string> labels;
    for (const Point& point : points_) labels.push_back(point.label);
    return labels;
  }

  Result<BuildFigures> Build() override {
    BuildFigures figures;
    const Status status = Guarded([&] {
      omp_set_num_threads(static_cast<int>(problem_.build_threads));
      const Stopwatch watch;
      index_ = MakeIndex();
      if (!index_->is_trained) Train();
      std::vector<float> scratch;
      for (size_t begin = 0; begin < problem_.base.rows; begin += kRowsPerAdd) {
        const size_t count = std::min(kRowsPerAdd, problem_.base.rows - begin);
        index_->add(static_cast<int64_t>(count), Given(problem_.base.row(begin), count, &scratch));
      }
      figures.seconds = watch.seconds();
      faiss::write_index(index_.get(), path_.c_str());
    });
    Close();
    QUIRE_RETURN_IF_ERROR(status);
    return figures;
  }

  Status Open() override {
    EnterThread();
    return Guarded([this] { index_.reset(faiss::read_index(path_.c_str())); });
  }

  void Close() override { index_.reset(); }

  void SetPoint(size_t at) override {
    const Point& point = points_[at];
    faiss::Index* index = index_.get();
    if (auto* refined = dynamic_cast<faiss::IndexRefine*>(index)) {
      refined->k_factor = point.k_factor;
      index = refined->base_index;
    }
    if (auto* lists = dynamic_cast<faiss::IndexIVF*>(index)) lists->nprobe = point.breadth;
    if (auto* graph = dynamic_cast<faiss::IndexHNSW*>(index)) graph->hnsw.efSearch = static_cast<int>(point.breadth);
  }

  // The setting belongs to the calling thread.
  void EnterThread() override { omp_set_num_threads(1); }

  Status Search(const float* query, uint32_t k, std::vector<uint32_t>* found) override {
    return Guarded([&] {
      thread_local std::vector<float> scratch, distances;
      thread_local std::vector<int64_t> labels;
      distances.resize(k);
      labels.resize(k);
      index_->search(1, Given(query, 1, &scratch), k, distances.data(), labels.data());
      found->clear();
      for (const int64_t label : labels) {
        if (label >= 0) found->push_back(static_cast<uint32_t>(label));
      }
    });
  }

 private:
  // FAISS throws.
  template <typename Body>
  static Status Guarded(Body&& body) {
    try {
      body();
      return {};
    } catch (const std::exception& error) {
      return {Code::kInternal, std::string("faiss: ") + error.what()};
    }
  }

  size_t SubQuantizers() const { return problem_.base.dim % 2 == 0 ? problem_.base.dim / 2 : problem_.base.dim; }

  faiss::MetricType metric() const {
    return problem_.metric == Metric::kL2 ? faiss::METRIC_L2 : faiss::METRIC_INNER_PRODUCT;
  }

  std::unique_ptr<faiss::Index> MakeIndex() const {
    const auto dim = static_cast<int>(problem_.base.dim);
    if (kind_ == Kind::kFlat) return std::make_unique<faiss::IndexFlat>(dim, metric());
    if (kind_ == Kind::kHnsw) {
      auto graph = std::make_unique<faiss::IndexHNSWFlat>(dim, 16, metric());
      graph->hnsw.efConstruction = 200;
      return graph;
    }
    auto centres = std::make_unique<faiss::IndexFlat>(dim, metric());
    if (kind_ == Kind::kIvfFlat) {
      auto lists = std::make_unique<faiss::IndexIVFFlat>(centres.release(), problem_.base.dim, lists_, metric());
      lists->own_fields = true;
      return lists;
    }
    auto codes = std::make_unique<faiss::IndexIVFPQFastScan>(centres.release(), problem_.base.dim, lists_,
                                                             SubQuantizers(), 4, metric());
    codes->own_fields = true;
    auto refined = std::make_unique<faiss::IndexRefineFlat>(codes.release());
    refined->own_fields = true;
    return refined;
  }

  // On rows taken at even distances.
  void Train() {
    const size_t count = std::min(problem_.base.rows, kTrainingPerList * lists_);
    const size_t dim = problem_.base.dim;
    std::vector<float> sample(count * dim);
    for (size_t i = 0; i < count; ++i) {
      std::copy_n(problem_.base.row(i * problem_.base.rows / count), dim, sample.data() + i * dim);
    }
    std::vector<float> scratch;
    index_->train(static_cast<int64_t>(count), Given(sample.data(), count, &scratch));
  }

  // Vectors as the index wants them: of length 1 for cosine.
  const float* Given(const float* vectors, size_t count, std::vector<float>* scratch) const {
    if (problem_.metric != Metric::kCosine) return vectors;
    const size_t dim = problem_.base.dim;
    scratch->resize(count * dim);
    for (size_t i = 0; i < count; ++i) Normalize(vectors + i * dim, dim, scratch->data() + i * dim);
    return scratch->data();
  }

  const Problem& problem_;
  Kind kind_;
  std::string name_;
  std::string path_;
  size_t lists_;
  std::vector<Point> points_;
  std::unique_ptr<faiss::Index> index_;
};

}  // namespace

std::unique_ptr<System> MakeFaissHnsw(const Problem& problem) {
  return std::make_unique<FaissSystem>(problem, Kind::kHnsw, "faiss-hnsw");
}
std::unique_ptr<System> MakeFaissIvfFlat(const Problem& problem) {
  return std::make_unique<FaissSystem>(problem, Kind::kIvfFlat, "faiss-ivfflat");
}
std::unique_ptr<System> MakeFaissIvfPqFastScan(const Problem& problem) {
  return std::make_unique<FaissSystem>(problem, Kind::kIvfPqFastScan, "faiss-ivfpqfs");
}
std::unique_ptr<System> MakeFaissFlat(const Problem& problem) {
  return std::make_unique<FaissSystem>(problem, Kind::kFlat, "faiss-flat");
}

}  // namespace quire::bench
