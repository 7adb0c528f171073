"""The ZIP container, byte for byte: one list of files has exactly one form. Pure.

Files are stored, not compressed: the bytes then depend on no compression library or its version,
and nothing can expand on opening. ``unpack`` reads only this form, so a byte that differs
anywhere, also in a header, is noticed. Any ZIP program can open it.
"""

import re
import struct
import zlib
from collections.abc import Mapping

from engine.errors import PackageInvalid

MAX_BYTES = 64 * 1024 * 1024
MAX_FILES = 2_000

# Field layout of PKWARE's APPNOTE 4.3.7 (local header), 4.3.12 (directory), 4.3.16 (end).
_LOCAL = struct.Struct("<4s5H3I2H")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_LOCAL_SIGNATURE, _ENTRY_SIGNATURE, _END_SIGNATURE = b"PK\3\4", b"PK\1\2", b"PK\5\6"
_VERSION, _UNIX = 20, 3 << 8
_MIDNIGHT, _FIRST_DAY_OF_1980 = 0, 0x21
_REGULAR_FILE = 0o100644 << 16
_ENCRYPTED = 0x1
_NAME = re.compile(r"(?:[a-z0-9][a-z0-9._-]*/)*[a-z0-9][a-z0-9._-]*")


def pack(files: Mapping[str, bytes]) -> bytes:
    """The container that holds ``files`` in the order given."""
    body, directory = bytearray(), bytearray()
    for name, content in files.items():
        directory += _entry(name, content, offset=len(body))
        body += _LOCAL.pack(_LOCAL_SIGNATURE, *_facts(name, content)) + name.encode() + content
    count = len(files)
    end = _END.pack(_END_SIGNATURE, 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory) + end


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of a container, in order. Raises PackageInvalid with a sentence.

    Contents may still differ from what was packed: compare ``pack(unpack(data))`` with ``data``.
    """
    if len(data) > MAX_BYTES:
        raise PackageInvalid(f"The package is larger than {MAX_BYTES // 2**20} MiB.")
    if not data.startswith(_LOCAL_SIGNATURE):
        raise PackageInvalid("This is not a ZIP file.")
    files: dict[str, bytes] = {}
    offset = 0
    while data[offset : offset + 4] == _LOCAL_SIGNATURE:
        name, content, offset = _read(data, offset)
        if name in files:
            raise PackageInvalid(f"The package holds {name} twice.")
        files[name] = content
        if len(files) > MAX_FILES:
            raise PackageInvalid(f"The package holds more than {MAX_FILES} files.")
    if data[offset : offset + 4] != _ENTRY_SIGNATURE:
        raise PackageInvalid("The package ends too early, or its ZIP structure is damaged.")
    return files


def _facts(name: str, content: bytes) -> tuple[int, ...]:
    """What local header and directory both say of a file."""
    size = len(content)
    return (
        *(_VERSION, 0, 0, _MIDNIGHT, _FIRST_DAY_OF_1980),
        *(zlib.crc32(content), size, size, len(name), 0),
    )


def _entry(name: str, content: bytes, offset: int) -> bytes:
    made_by = _VERSION | _UNIX
    rest = (0, 0, 0, _REGULAR_FILE, offset)
    return _ENTRY.pack(_ENTRY_SIGNATURE, made_by, *_facts(name, content), *rest) + name.encode()


def _read(data: bytes, offset: int) -> tuple[str, bytes, int]:
    """One file: its name, its bytes, and where the next record starts."""
    start = offset + _LOCAL.size
    if start > len(data):
        raise PackageInvalid("The package ends in the middle of a file header.")
    _, _, flags, method, _, _, _, size, _, name_size, extra_size = _LOCAL.unpack_from(data, offset)
    name = _name(data[start : start + name_size])
    if flags & _ENCRYPTED:
        raise PackageInvalid(f"{name} is encrypted; packages never are.")
    if method != 0:
        raise PackageInvalid(f"{name} is compressed; packages store their files as they are.")
    begin = start + name_size + extra_size
    if begin + size > len(data):
        raise PackageInvalid(f"The package ends in the middle of {name}.")
    return name, data[begin : begin + size], begin + size


def _name(raw: bytes) -> str:
    """A file name that cannot lead out of the folder it is unpacked into."""
    name = raw.decode("ascii", "replace")
    if not _NAME.fullmatch(name) or ".." in name:
        raise PackageInvalid(f"The package holds a file with a forbidden name: {name[:80]!a}.")
    return name
