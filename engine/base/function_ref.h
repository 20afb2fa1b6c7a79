// function_ref: a borrowed callable, for the length of a call.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace quire {

template <typename Signature>
class function_ref;

// Costs two words and one indirect call; never allocates, never outlives the callable.
template <typename R, typename... Args>
class function_ref<R(Args...)> {
 public:
  template <typename F, typename = std::enable_if_t<!std::is_same_v<std::remove_cvref_t<F>, function_ref>>>
  function_ref(F&& f)  // NOLINT(google-explicit-constructor)
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* object, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Args>(args)...);
        }) {}
  R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

 private:
  void* object_;
  R (*call_)(void*, Args...);
};

}  // namespace quire
