#include "engine/graph/links.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <memory>
#include <ctime>

#include "engine/graph/clusters.h"
#include "engine/graph/steps.h"

struct Tuning {
  uint32_t leaves = 20, groups = 8;
  uint32_t kept0 = 64, kept = 64, forward = 16, mode = 0, rounds = 2, pool = 64, fill = 0, seeds = 1, revcap = 96, path = 0, minin=0, leaf_only=0, exact=0, sym=0, drop=0, symk=64, fill_fwd=0;
  float alpha = 1.1f, alpha_rev = 1.1f;
} T;
double cpu_now() { timespec t; clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); return t.tv_sec + 1e-9 * t.tv_nsec; }
std::atomic<uint64_t> g_dists{0}, g_prune{0}, g_cands{0};

std::vector<uint32_t> g_knn;  // exact, 400 per row
namespace quire::graph {

Links::Links(size_t nodes) : nodes_(nodes), data_(nodes * kDegreeMax) { std::fill_n(data_.data(), data_.size(), kNoNode); }
std::span<const uint32_t> Links::of(uint32_t node) const {
  const uint32_t* at = places(node);
  size_t n = 0;
  while (n < kDegreeMax && at[n] != kNoNode) ++n;
  return {at, n};
}
void Links::Set(uint32_t node, std::span<const uint32_t> neighbours) {
  uint32_t* at = places(node);
  std::copy(neighbours.begin(), neighbours.end(), at);
  std::fill(at + neighbours.size(), at + kDegreeMax, kNoNode);
}

namespace {
using Keys = std::vector<uint64_t>;
inline uint64_t Key(float d, uint32_t id, uint32_t from) { return uint64_t{std::bit_cast<uint32_t>(d)} << 32 | (id - from); }
inline uint32_t IdOf(uint64_t key, uint32_t from) { return uint32_t(key) + from; }
inline float DistOf(uint64_t key) { return std::bit_cast<float>(uint32_t(key >> 32)); }

struct Forward { uint32_t id; float d; };

void KeepNearest(Keys* keys, size_t count) {
  if (keys->size() > count) {
    std::nth_element(keys->begin(), keys->begin() + count, keys->end());
    keys->resize(count);
  }
  std::sort(keys->begin(), keys->end());
}

class Pruner {
 public:
  explicit Pruner(const Rows& rows) : rows_(rows) {}
  // keys sorted
  void Prune(uint32_t row, const Keys& keys, size_t max, float alpha, Keys* out) {
    out->clear();
    constexpr size_t kWindow = 32;
    for (size_t begin = 0; begin < keys.size() && out->size() < max; begin += kWindow) {
      ids_.clear(); dist_.clear(); keys_.clear();
      for (size_t i = begin; i < std::min(keys.size(), begin + kWindow); ++i) {
        keys_.push_back(keys[i]);
        ids_.push_back(IdOf(keys[i], row));
      }
      rows_.Gather(ids_, &batch_);
      for (size_t t = 0; t < out->size() && !keys_.empty(); ++t) Filter(IdOf((*out)[t], row), 0, alpha);
      for (size_t i = 0; i < keys_.size() && out->size() < max; ++i) {
        out->push_back(keys_[i]);
        Filter(ids_[i], i + 1, alpha);
      }
    }
  }
 private:
  void Filter(uint32_t taken, size_t from, float alpha) {
    const size_t n = keys_.size() - from;
    if (n == 0) return;
    g_prune += n;
    // shift view
    view_.Resize(n);
    std::copy_n(batch_.codes.begin() + from, n, view_.codes.begin());
    std::copy_n(batch_.scale.begin() + from, n, view_.scale.begin());
    std::copy_n(batch_.squared.begin() + from, n, view_.squared.begin());
    std::copy_n(batch_.extra.begin() + from, n, view_.extra.begin());
    std::copy_n(batch_.sum.begin() + from, n, view_.sum.begin());
    out_.resize(n);
    rows_.Distances(taken, view_, &scratch_, out_.data());
    size_t to = from;
    for (size_t i = 0; i < n; ++i) {
      if (alpha * out_[i] <= DistOf(keys_[from + i])) continue;
      keys_[to] = keys_[from + i]; ids_[to] = ids_[from + i];
      batch_.codes[to] = batch_.codes[from + i]; batch_.scale[to] = batch_.scale[from + i];
      batch_.squared[to] = batch_.squared[from + i]; batch_.extra[to] = batch_.extra[from + i];
      batch_.sum[to] = batch_.sum[from + i];
      ++to;
    }
    keys_.resize(to); ids_.resize(to); batch_.Resize(to);
  }
  const Rows& rows_;
  RowScratch scratch_;
  PointBatch batch_, view_;
  Keys keys_;
  std::vector<uint32_t> ids_;
  std::vector<float> dist_, out_;
};

class Linker {
 public:
  Linker(const Rows& rows, const Leaves& leaves, const BuildControl& control) : rows_(rows), leaves_(leaves), steps_(control, 100),
    forward_(rows.size() * T.forward, {kNoNode, 0}), links_(rows.size()), next_(rows.size()) { lists_.resize(T.sym ? rows.size() : 0); }

  Result<Links> Make() {
    double t0 = cpu_now();
    auto phase = [&](const char* name) { double t = cpu_now(); if (hitn_) ; if (hitn_) { ; for (auto& h : hist_) { ; h = 0; } ; } hit10_=hit64_=hitn_=0; ; t0 = t; };
    NearLeaves();
    phase("near leaves");
    QUIRE_RETURN_IF_ERROR(FromLeaves());
    phase("from leaves"); ;
    QUIRE_RETURN_IF_ERROR(Reverse());
    phase("reverse");
    for (unsigned r = 0; r < T.rounds; ++r) {
      QUIRE_RETURN_IF_ERROR(Round(r));
      phase("round");
      QUIRE_RETURN_IF_ERROR(Reverse());
      phase("reverse");
    }
    if (T.minin) { Rescue(); phase("rescue"); }
    return std::move(links_);
  }

 private:
  struct LeafTree {
    LeafTree(const Rows& rows, const Leaves& leaves) : tops(rows) {
      std::vector<float> zero(leaves.groups());
      tops.Add(leaves.group_centroids, zero); tops.Encode();
      const size_t dim = rows.padded_dim();
      for (size_t g = 0; g < leaves.groups(); ++g) {
        groups.emplace_back(rows);
        size_t b = leaves.group_begin[g], e = leaves.group_begin[g + 1];
        zero.assign(e - b, 0);
        groups[g].Add({&leaves.centroids[b * dim], (e - b) * dim}, zero);
        groups[g].Encode();
      }
    }
    Centroids tops; std::vector<Centroids> groups;
  };

  void NearLeaves() { tree_ = std::make_unique<LeafTree>(rows_, leaves_); }

  // L nearest leaves of a row
  void NearestLeaves(uint32_t row, RowScratch* s, std::vector<float>* d, Keys* gk, Keys* keys) {
    d->resize(tree_->tops.size());
    tree_->tops.Distances(row, s, d->data());
    gk->clear();
    for (uint32_t g = 0; g < d->size(); ++g) gk->push_back(Key((*d)[g], g, 0));
    KeepNearest(gk, T.groups);
    keys->clear();
    for (uint64_t k : *gk) {
      uint32_t g = IdOf(k, 0);
      d->resize(tree_->groups[g].size());
      tree_->groups[g].Distances(row, s, d->data());
      for (uint32_t i = 0; i < d->size(); ++i) keys->push_back(Key((*d)[i], leaves_.group_begin[g] + i, 0));
    }
    if (keys->size() > T.leaves) { std::nth_element(keys->begin(), keys->begin() + T.leaves, keys->end()); keys->resize(T.leaves); }
  }

  double t_near = 0, t_dist = 0, t_prune = 0;
  Status FromLeaves() {
    const size_t n = rows_.size();
    return steps_.ForPieces(n, 512, 20, [&](size_t b, size_t e) {
      RowScratch s; std::vector<float> d; Keys gk, keys, pairs, out; Pruner pruner(rows_);
      double t0 = cpu_now();
      for (size_t i = b; i < e && !T.exact; ++i) {
        NearestLeaves(leaves_.rows[i], &s, &d, &gk, &keys);
        for (uint64_t k : keys) pairs.push_back(uint64_t{uint32_t(k)} << 32 | (i - b));
      }
      std::sort(pairs.begin(), pairs.end());
      double t1 = cpu_now(); t_near += t1 - t0;
      const size_t cap = 2 * T.kept0 + 128;
      std::vector<uint64_t> store((e - b) * cap); std::vector<uint32_t> count(e - b); std::vector<float> limit(e - b, INFINITY);
      std::vector<uint32_t> ids; PointBatch batch; d.resize(kLeafMax);
      for (size_t p = 0; p < pairs.size();) {
        const uint32_t leaf = uint32_t(pairs[p] >> 32);
        ids.assign(leaves_.rows.begin() + leaves_.begin[leaf], leaves_.rows.begin() + leaves_.begin[leaf + 1]);
        rows_.Gather(ids, &batch);
        for (; p < pairs.size() && uint32_t(pairs[p] >> 32) == leaf; ++p) {
          const size_t i = uint32_t(pairs[p]); const uint32_t row = leaves_.rows[b + i];
          rows_.Distances(row, batch, &s, d.data());
          g_dists += ids.size();
          uint64_t* k = &store[i * cap]; size_t c = count[i]; const float lim = limit[i];
          for (size_t j = 0; j < ids.size(); ++j) { k[c] = Key(d[j], ids[j], row); c += (d[j] < lim) & (ids[j] != row); }
          if (c > 2 * T.kept0) { std::nth_element(k, k + T.kept0 - 1, k + c); c = T.kept0; limit[i] = DistOf(k[T.kept0 - 1]); }
          count[i] = uint32_t(c);
        }
      }
      double t2 = cpu_now(); t_dist += t2 - t1;
      for (size_t i = 0; i < e - b; ++i) {
        const uint32_t row = leaves_.rows[b + i];
        keys.assign(&store[i * cap], &store[i * cap] + count[i]);
        if (!g_knn.empty() && T.exact) {
          keys.clear(); std::vector<uint32_t> nn(g_knn.begin() + size_t(row) * 400, g_knn.begin() + size_t(row) * 400 + T.kept0); std::vector<float> dd(nn.size());
          rows_.Distances(row, nn, &s, dd.data()); for (size_t q = 0; q < nn.size(); ++q) if (((row * 2654435761u ^ nn[q] * 2246822519u) >> 7) % 100 >= T.drop) keys.push_back(Key(dd[q], nn[q], row)); std::sort(keys.begin(), keys.end());
        }
        KeepNearest(&keys, T.kept0);
        if (!g_knn.empty()) Hit(row, keys);
        if (T.sym) { lists_[row] = keys; continue; }
        pruner.Prune(row, keys, T.forward, T.alpha, &out);
        SetForward(row, out);
      }
      t_prune += cpu_now() - t2;
    });
  }
  std::unique_ptr<LeafTree> tree_;

  void SetForward(uint32_t row, const Keys& keys) {
    for (size_t i = 0; i < T.forward; ++i) forward_[size_t{row} * T.forward + i] = i < keys.size() ? Forward{IdOf(keys[i], row), DistOf(keys[i])} : Forward{kNoNode, 0};
  }

  std::atomic<size_t> hit10_{0}, hit64_{0}, hitn_{0}, hist_[11] = {};
  void Hit(uint32_t row, const Keys& keys) {
    if (row % 16) return;
    std::vector<uint32_t> got; for (auto k : keys) got.push_back(IdOf(k, row)); std::sort(got.begin(), got.end());
    size_t a = 0, b = 0; for (size_t i = 0; i < 64; ++i) { bool h = std::binary_search(got.begin(), got.end(), g_knn[size_t(row) * 400 + i]); a += h && i < 10; b += h; }
    ++hist_[b * 10 / 64]; if (b * 10 / 64 > 10) abort();
    hit10_ += a; hit64_ += b; ++hitn_;
  }
  static void Select(uint32_t row, const std::vector<uint32_t>& ids, const std::vector<float>& d, size_t kept, std::vector<float>* sample, Keys* keys) {
    float limit = INFINITY;
    if (ids.size() > 4 * kept) {
      sample->clear();
      for (size_t i = 0; i < ids.size(); i += 8) sample->push_back(d[i]);
      size_t rank = std::min(sample->size() - 1, sample->size() * kept * 3 / 2 / ids.size() + 4);
      std::nth_element(sample->begin(), sample->begin() + rank, sample->end());
      limit = (*sample)[rank];
    }
    while (true) {
      keys->clear();
      for (size_t i = 0; i < ids.size(); ++i) if (d[i] <= limit && ids[i] != row) keys->push_back(Key(d[i], ids[i], row));
      if (keys->size() >= kept || limit == INFINITY) break;
      limit = INFINITY;
    }
    KeepNearest(keys, kept);
  }

  std::vector<Keys> lists_;
  Status Symmetrise() {
    const size_t n = rows_.size();
    std::vector<uint64_t> kth(n); for (size_t i = 0; i < n; ++i) kth[i] = lists_[i].empty() ? ~0ull : lists_[i][std::min<size_t>(lists_[i].size() - 1, T.symk - 1)];
    std::vector<Keys> offers(n); size_t count = 0;
    for (uint32_t z = 0; z < n; ++z) for (size_t i = 0; i < std::min<size_t>(T.symk, lists_[z].size()); ++i) {
      uint32_t x = IdOf(lists_[z][i], z); float d = DistOf(lists_[z][i]);
      if (d > DistOf(kth[x])) continue;
      bool found = false; for (uint64_t k : lists_[x]) if (IdOf(k, x) == z) { found = true; break; }
      if (!found) { offers[x].push_back(Key(d, z, x)); ++count; }
    }
    ;
    return steps_.ForPieces(n, 256, 10, [&](size_t b, size_t e) {
      Keys out; Pruner pruner(rows_);
      for (size_t r = b; r < e; ++r) {
        const auto row = uint32_t(r);
        if (T.sym == 1) { lists_[r].insert(lists_[r].end(), offers[r].begin(), offers[r].end()); std::sort(lists_[r].begin(), lists_[r].end()); }
        if (!g_knn.empty()) Hit(row, lists_[r]);
        pruner.Prune(row, lists_[r], T.forward, T.alpha, &out);
        SetForward(row, out);
      }
    });
  }
  Status Reverse() {
    if (T.sym) { (void)Symmetrise(); }
    const size_t n = rows_.size(), f = T.forward;
    std::vector<uint32_t> begin(n + 1);
    for (const Forward& x : forward_) if (x.id != kNoNode) ++begin[x.id + 1];
    for (size_t i = 0; i < n; ++i) begin[i + 1] += begin[i];
    std::vector<Forward> offers(begin[n]);
    std::vector<uint32_t> at(begin.begin(), begin.end() - 1);
    for (uint32_t r = 0; r < n; ++r) for (size_t i = 0; i < f; ++i) {
      const Forward& x = forward_[r * f + i];
      if (x.id != kNoNode) offers[at[x.id]++] = {r, x.d};
    }
    QUIRE_RETURN_IF_ERROR(steps_.ForPieces(n, 256, 10, [&](size_t b, size_t e) {
      Keys keys, out, rest; Pruner pruner(rows_); std::vector<uint32_t> ids;
      for (size_t r = b; r < e; ++r) {
        const auto row = uint32_t(r);
        keys.clear();
        for (size_t i = 0; i < f; ++i) { const Forward& x = forward_[r * f + i]; if (x.id != kNoNode) keys.push_back(Key(x.d, x.id, row)); }
        for (uint32_t i = begin[r]; i < begin[r + 1]; ++i) keys.push_back(Key(offers[i].d, offers[i].id, row));
        std::sort(keys.begin(), keys.end());
        keys.erase(std::unique(keys.begin(), keys.end(), [](uint64_t a, uint64_t c) { return uint32_t(a) == uint32_t(c); }), keys.end());
        const Keys* result = &keys;
        if (keys.size() > kDegreeMax) {
          KeepNearest(&keys, T.revcap);
          pruner.Prune(row, keys, kDegreeMax, T.alpha_rev, &out);
          if (T.fill) {
            size_t j = 0; rest.clear();
            for (uint64_t k : keys) { if (j < out.size() && out[j] == k) { ++j; continue; } if (out.size() + rest.size() < std::min<size_t>(T.fill, kDegreeMax)) rest.push_back(k); }
            out.insert(out.end(), rest.begin(), rest.end());
            std::sort(out.begin(), out.end());
          }
          result = &out;
        }
        ids.clear();
        for (uint64_t k : *result) ids.push_back(IdOf(k, row));
        links_.Set(row, ids);
      }
    }));
    return {};
  }

  Status Round(unsigned) {
    // in leaf order
    return steps_.ForPieces(leaves_.size(), 1, 10, [&](size_t l, size_t) {
      RowScratch s; std::vector<uint32_t> ids; std::vector<float> d, sample; Keys keys, out; Pruner pruner(rows_);
      std::vector<uint32_t> table(4096);
      std::vector<uint32_t> used;
      auto insert = [&](uint32_t id) {
        uint32_t h = (id * 2654435761u) >> 20;
        while (table[h] != kNoNode) { if (table[h] == id) return false; h = (h + 1) & 4095; }
        table[h] = id; return true;
      };
      for (uint32_t i = leaves_.begin[l]; i < leaves_.begin[l + 1]; ++i) {
        const uint32_t row = leaves_.rows[i];
        std::fill(table.begin(), table.end(), kNoNode);
        insert(row);
        ids.clear();
        if (T.mode == 0) {
          for (uint32_t a : links_.of(row)) if (insert(a)) ids.push_back(a);
          const size_t near = ids.size();
          for (size_t j = 0; j < near; ++j) for (uint32_t a : links_.of(ids[j])) if (insert(a)) ids.push_back(a);
          d.resize(ids.size());
          rows_.Distances(row, ids, &s, d.data());
          g_dists += ids.size(); g_cands += 1;
          Select(row, ids, d, T.kept, &sample, &keys);
        } else {
          // best-first search from the row, pool T.pool
          keys.clear();
          std::vector<uint64_t> pool; std::vector<uint8_t> done; Keys path;
          auto expand = [&](uint32_t node) {
            ids.clear();
            for (uint32_t a : links_.of(node)) { if (used.size() > 3000) break; if (insert(a)) { ids.push_back(a); used.push_back(a);} }
            d.resize(ids.size());
            rows_.Distances(row, ids, &s, d.data());
            g_dists += ids.size();
            for (size_t j = 0; j < ids.size(); ++j) {
              uint64_t k = Key(d[j], ids[j], row); keys.push_back(k);
              if (pool.size() == T.pool && k >= pool.back()) continue;
              auto pos = std::lower_bound(pool.begin(), pool.end(), k) - pool.begin();
              pool.insert(pool.begin() + pos, k); done.insert(done.begin() + pos, 0);
              if (pool.size() > T.pool) { if (T.path && done.back()) path.push_back(pool.back()); pool.pop_back(); done.pop_back(); }
            }
          };
          used.clear();
          expand(row);
          while (true) {
            size_t j = 0;
            while (j < pool.size() && done[j]) ++j;
            if (j == pool.size()) break;
            done[j] = 1;
            g_cands += 1;
            expand(IdOf(pool[j], row));
          }
          KeepNearest(&keys, T.kept);
        }
        if (!g_knn.empty()) Hit(row, keys);
        if (T.sym) { lists_[row] = keys; continue; }
        pruner.Prune(row, keys, T.forward, T.alpha, &out);
        if (T.fill_fwd) {
            size_t j = 0; Keys rest;
            for (uint64_t k : keys) { if (j < out.size() && out[j] == k) { ++j; continue; } if (out.size() + rest.size() < std::min(T.fill_fwd, T.forward)) rest.push_back(k); }
            out.insert(out.end(), rest.begin(), rest.end());
            std::sort(out.begin(), out.end());
        }
        SetForward(row, out);
      }
    });
  }

  // every node has >= minin incoming
  void Rescue() {
    const size_t n = rows_.size();
    std::vector<uint32_t> in(n);
    for (uint32_t r = 0; r < n; ++r) for (uint32_t a : links_.of(r)) ++in[a];
    size_t hist[5] = {};
    for (auto x : in) ++hist[std::min<uint32_t>(x, 4)];
    ;
    size_t added = 0, replaced = 0;
    for (uint32_t r = 0; r < n; ++r) {
      for (size_t i = 0; i < T.forward && in[r] < T.minin; ++i) {
        const Forward& x = forward_[r * T.forward + i];
        if (x.id == kNoNode) break;
        auto list = links_.of(x.id);
        if (std::find(list.begin(), list.end(), r) != list.end()) continue;
        uint32_t* p = links_.places(x.id);
        if (list.size() < kDegreeMax) { p[list.size()] = r; ++in[r]; ++added; continue; }
        // replace the farthest whose in-degree is rich
        for (size_t j = kDegreeMax; j-- > kDegreeMax / 2;) if (in[p[j]] > T.minin + 2) { --in[p[j]]; p[j] = r; ++in[r]; ++replaced; break; }
      }
    }
    ;
  }

  const Rows& rows_;
  const Leaves& leaves_;
  Steps steps_;
  std::vector<Forward> forward_;
  Links links_, next_;
  
};
}  // namespace

Result<Links> MakeLinks(const Rows& rows, const Leaves& leaves, const Links* start, const BuildControl& control) {
  (void)start;
  return Linker(rows, leaves, control).Make();
}
}  // namespace quire::graph
