#include "engine/base/value_bytes.h"

#include <utility>
#include <vector>

namespace quire {

void AppendValue(std::string* out, const Value& value) {
  out->push_back(static_cast<char>(value.type()));
  switch (value.type()) {
    case Type::kNull: break;
    case Type::kBoolean: out->push_back(value.boolean() ? 1 : 0); break;
    case Type::kInteger:
    case Type::kDate:
    case Type::kTimestamp: AppendRaw(out, value.integer()); break;
    case Type::kReal: AppendRaw(out, value.real()); break;
    case Type::kText:
    case Type::kJson: AppendString(out, value.text()); break;
    case Type::kTextArray:
      AppendVarint(out, value.texts().size());
      for (const std::string& item : value.texts()) AppendString(out, item);
      break;
    case Type::kVector:
      AppendVarint(out, value.vector().size());
      for (const float component : value.vector()) AppendRaw(out, component);
      break;
  }
}

Value ReadValue(ByteReader* in) {
  switch (static_cast<Type>(in->Raw<uint8_t>())) {
    case Type::kNull: return Value::Null();
    case Type::kBoolean: return Value::Boolean(in->Raw<uint8_t>() != 0);
    case Type::kInteger: return Value::Integer(in->Raw<int64_t>());
    case Type::kReal: return Value::Real(in->Raw<double>());
    case Type::kText: return Value::Text(std::string(in->String()));
    case Type::kDate: return Value::Date(in->Raw<int64_t>());
    case Type::kTimestamp: return Value::Timestamp(in->Raw<int64_t>());
    case Type::kJson: return Value::Json(std::string(in->String()));
    case Type::kTextArray: {
      std::vector<std::string> items;
      for (uint64_t count = in->Varint(); count > 0 && in->ok(); --count) items.emplace_back(in->String());
      return Value::TextArray(std::move(items));
    }
    case Type::kVector: {
      std::vector<float> components;
      for (uint64_t count = in->Varint(); count > 0 && in->ok(); --count) components.push_back(in->Raw<float>());
      return Value::Vector(std::move(components));
    }
  }
  in->Take(in->rest().size() + 1);  // an unknown type: nothing after it can be read
  return {};
}

}  // namespace quire
