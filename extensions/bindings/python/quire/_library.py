"""The C ABI of quire.h as ctypes sees it. Nothing else in this package knows ctypes."""

import ctypes
import os
import pathlib
from ctypes import POINTER, c_char_p, c_double, c_float, c_int, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

ABI_VERSION = 0
_NAME = "libquire.so.0"

OK, ROW, DONE = 0, 100, 101
NULL, BOOLEAN, INTEGER, REAL, TEXT, DATE, TIMESTAMP, TEXT_ARRAY, JSON, VECTOR = range(10)
SYNC = {"full": 0, "normal": 1, "off": 2}


class Options(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("create_if_missing", c_int),
        ("read_only", c_int),
        ("sync", c_int),
        ("background_threads", c_uint32),
        ("memory_limit_bytes", c_uint64),
    ]


PROGRESS = ctypes.CFUNCTYPE(c_int, c_void_p, c_char_p, c_uint64, c_uint64)
ANSWER = ctypes.CFUNCTYPE(c_int, c_void_p, c_int, c_void_p, c_size_t)
ANSWER_EVENTS = {1: "sources", 2: "text"}

# Every function: what it gives, and what it takes. Handles are numbers.
_FUNCTIONS = {
    "quire_version": (c_char_p, []),
    "quire_abi_version": (c_int, []),
    "quire_code_name": (c_char_p, [c_int]),
    "quire_options_init": (None, [POINTER(Options)]),
    "quire_open": (c_int, [c_char_p, POINTER(Options), POINTER(c_void_p)]),
    "quire_connect": (c_int, [c_void_p, POINTER(c_void_p)]),
    "quire_close": (None, [c_void_p]),
    "quire_exec": (c_int, [c_void_p, c_char_p, c_int64]),
    "quire_interrupt": (c_int, [c_void_p]),
    "quire_answer": (c_int, [c_void_p, ANSWER, c_void_p]),
    "quire_progress": (c_int, [c_void_p, PROGRESS, c_void_p]),
    "quire_in_transaction": (c_int, [c_void_p]),
    "quire_changes": (c_uint64, [c_void_p]),
    "quire_error_code": (c_int, [c_void_p]),
    "quire_error_message": (c_char_p, [c_void_p]),
    "quire_error_hint": (c_char_p, [c_void_p]),
    "quire_error_position": (c_int, [c_void_p, POINTER(c_size_t), POINTER(c_size_t), POINTER(c_size_t)]),
    "quire_prepare": (c_int, [c_void_p, c_char_p, c_int64, POINTER(c_void_p), POINTER(c_size_t)]),
    "quire_finalize": (None, [c_void_p]),
    "quire_parameter_count": (c_int, [c_void_p]),
    "quire_parameter_name": (c_char_p, [c_void_p, c_int]),
    "quire_bind_null": (c_int, [c_void_p, c_int]),
    "quire_bind_boolean": (c_int, [c_void_p, c_int, c_int]),
    "quire_bind_int64": (c_int, [c_void_p, c_int, c_int64]),
    "quire_bind_double": (c_int, [c_void_p, c_int, c_double]),
    "quire_bind_text": (c_int, [c_void_p, c_int, c_char_p, c_int64]),
    "quire_bind_blob": (c_int, [c_void_p, c_int, c_char_p, c_int64]),
    "quire_bind_text_array": (c_int, [c_void_p, c_int, POINTER(c_char_p), c_int64]),
    "quire_clear_bindings": (c_int, [c_void_p]),
    "quire_step": (c_int, [c_void_p]),
    "quire_reset": (c_int, [c_void_p]),
    "quire_column_count": (c_int, [c_void_p]),
    "quire_column_name": (c_char_p, [c_void_p, c_int]),
    "quire_column_declared_type": (c_int, [c_void_p, c_int]),
    "quire_column_type": (c_int, [c_void_p, c_int]),
    "quire_column_int64": (c_int64, [c_void_p, c_int]),
    "quire_column_double": (c_double, [c_void_p, c_int]),
    "quire_column_text": (c_void_p, [c_void_p, c_int, POINTER(c_size_t)]),
    "quire_column_vector": (POINTER(c_float), [c_void_p, c_int, POINTER(c_size_t)]),
    "quire_notice_count": (c_int, [c_void_p]),
    "quire_notice": (c_char_p, [c_void_p, c_int]),
}


def _candidates():
    """QUIRE_LIBRARY; the prefix this package is installed under; wherever the system looks."""
    if os.environ.get("QUIRE_LIBRARY"):
        yield os.environ["QUIRE_LIBRARY"]
        return
    for parent in list(pathlib.Path(__file__).resolve().parents)[2:6]:
        for folder in [parent, *sorted(parent.glob("*-linux-*")), parent / "lib", *sorted(parent.glob("lib/*-linux-*"))]:
            if (folder / _NAME).exists():
                yield str(folder / _NAME)
    yield _NAME


def load():
    library = None
    failures = []
    for path in _candidates():
        try:
            library = ctypes.CDLL(path)
            break
        except OSError as error:
            failures.append(str(error))
    if library is None:
        raise ImportError("cannot load libquire: " + "; ".join(failures) + " (QUIRE_LIBRARY names it)")
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    if library.quire_abi_version() != ABI_VERSION:
        raise ImportError(f"libquire has ABI {library.quire_abi_version()}, expected {ABI_VERSION}")
    return library
