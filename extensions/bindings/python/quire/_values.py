"""Values between Python and the C ABI."""

import array
import ctypes
import datetime
import json

from . import _library as abi

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_FIRST_DAY = datetime.date(1970, 1, 1)


def _is_numbers(value):
    return all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in value)


def _bind_text(library, statement, index, text):
    data = text.encode("utf-8")
    return library.quire_bind_text(statement, index, data, len(data))


def _bind_floats(library, statement, index, data):
    return library.quire_bind_blob(statement, index, data, len(data))


def _bind_sequence(library, statement, index, value):
    """Numbers are a vector, texts TEXT[]; an empty list is an empty TEXT[]."""
    if len(value) > 0 and _is_numbers(value):
        return _bind_floats(library, statement, index, array.array("f", value).tobytes())
    if all(isinstance(item, str) for item in value):
        items = (ctypes.c_char_p * len(value))(*[item.encode("utf-8") for item in value])
        return library.quire_bind_text_array(statement, index, items, len(value))
    raise TypeError("a list holds either numbers (a vector) or texts (TEXT[])")


def bind(library, statement, index, value):
    """The code of binding `value`. Raises TypeError for what has no type here, OverflowError beyond 64 bits."""
    if value is None:
        return library.quire_bind_null(statement, index)
    if isinstance(value, bool):
        return library.quire_bind_boolean(statement, index, value)
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise OverflowError(f"integer {value} does not fit in 64 bits")
        return library.quire_bind_int64(statement, index, value)
    if isinstance(value, float):
        return library.quire_bind_double(statement, index, value)
    if isinstance(value, str):
        return _bind_text(library, statement, index, value)
    if isinstance(value, datetime.datetime):  # before date, which it is as well; without a zone: UTC
        if value.tzinfo is not None:
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return _bind_text(library, statement, index, value.isoformat() + "Z")
    if isinstance(value, datetime.date):
        return _bind_text(library, statement, index, value.isoformat())
    if isinstance(value, (bytes, bytearray)):
        return _bind_floats(library, statement, index, bytes(value))
    if isinstance(value, dict):
        return _bind_text(library, statement, index, json.dumps(value))
    if isinstance(value, (list, tuple)):
        return _bind_sequence(library, statement, index, value)
    return _bind_foreign(library, statement, index, value)


def _bind_foreign(library, statement, index, value):
    """numpy's arrays and scalars, array.array, and whatever else shows its memory: without importing any of it."""
    if hasattr(value, "astype") and hasattr(value, "ndim"):
        if value.ndim == 0:
            return bind(library, statement, index, value.item())
        if value.ndim != 1:
            raise TypeError(f"a vector has one dimension, found an array of {value.ndim}")
        return _bind_floats(library, statement, index, value.astype("<f4").tobytes())
    try:
        view = memoryview(value)
    except TypeError:
        raise TypeError(f"a value of type {type(value).__name__} cannot be bound") from None
    if view.ndim != 1:
        raise TypeError(f"a vector has one dimension, found {view.ndim}")
    if view.format in ("B", "b", "c"):
        return _bind_floats(library, statement, index, view.tobytes())
    return _bind_floats(library, statement, index, array.array("f", view.tolist()).tobytes())


def _text(library, statement, column):
    size = ctypes.c_size_t()
    pointer = library.quire_column_text(statement, column, ctypes.byref(size))
    return ctypes.string_at(pointer, size.value).decode("utf-8")


def _vector(library, statement, column):
    size = ctypes.c_size_t()
    pointer = library.quire_column_vector(statement, column, ctypes.byref(size))
    vector = array.array("f")
    if size.value:
        vector.frombytes(ctypes.string_at(pointer, size.value * 4))
    return vector


def _date(library, statement, column):
    try:
        return _FIRST_DAY + datetime.timedelta(days=library.quire_column_int64(statement, column))
    except OverflowError:  # before year 1 or after 9999
        return _text(library, statement, column)


def _timestamp(library, statement, column):
    try:
        return _EPOCH + datetime.timedelta(microseconds=library.quire_column_int64(statement, column))
    except OverflowError:
        return _text(library, statement, column)


_READERS = {
    abi.NULL: lambda library, statement, column: None,
    abi.BOOLEAN: lambda library, statement, column: library.quire_column_int64(statement, column) != 0,
    abi.INTEGER: lambda library, statement, column: library.quire_column_int64(statement, column),
    abi.REAL: lambda library, statement, column: library.quire_column_double(statement, column),
    abi.DATE: _date,
    abi.TIMESTAMP: _timestamp,
    abi.TEXT_ARRAY: lambda library, statement, column: json.loads(_text(library, statement, column)),
    abi.JSON: lambda library, statement, column: json.loads(_text(library, statement, column)),
    abi.VECTOR: _vector,
}


def read(library, statement, column):
    """The value of a column of the current row."""
    return _READERS.get(library.quire_column_type(statement, column), _text)(library, statement, column)
