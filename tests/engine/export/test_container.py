"""The ZIP container: one form, read strictly."""

import io
import struct
import zipfile
from contextlib import suppress
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import PackageInvalid
from engine.export import container
from engine.export.container import pack, unpack

FILES = {"brief.json": b"{}\n", "evidence/1.json": b"[1]\n", "report.html": b""}


def zipped(*names: str, content: bytes = b"text", method: int = zipfile.ZIP_STORED) -> bytes:
    """A ZIP as any other program would write it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name in names:
            archive.writestr(name, content)
    return buffer.getvalue()


def test_what_was_packed_is_unpacked_in_the_same_order() -> None:
    assert list(unpack(pack(FILES)).items()) == list(FILES.items())


def test_the_same_files_are_the_same_bytes() -> None:
    assert pack(FILES) == pack(dict(FILES))


def test_an_ordinary_zip_program_reads_it() -> None:
    with zipfile.ZipFile(io.BytesIO(pack(FILES))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES


def test_its_files_carry_no_clock_and_ordinary_permissions() -> None:
    with zipfile.ZipFile(io.BytesIO(pack(FILES))) as archive:
        facts = {(f.date_time, f.external_attr >> 16, f.compress_type) for f in archive.filelist}

    assert facts == {((1980, 1, 1, 0, 0, 0), 0o100644, zipfile.ZIP_STORED)}


@pytest.mark.parametrize(
    "name",
    [
        "../brief.json",
        "evidence/../../brief.json",
        "/brief.json",
        "C:\\brief.json",
        "a\\b",
        "evidence//1.json",
        "Brief.json",
        ".hidden",
        "brief.json\n",
        "bri\u00e9f.json",
        "evidence/",
        "a..b",
    ],
)
def test_a_name_that_could_lead_out_of_its_folder_is_refused(name: str) -> None:
    with pytest.raises(PackageInvalid, match="forbidden name"):
        unpack(zipped(name))


def test_a_name_that_comes_twice_is_refused() -> None:
    once = pack({"brief.json": b"{}"})
    local = once[: once.index(b"PK\1\2")]

    with pytest.raises(PackageInvalid, match=r"holds brief\.json twice"):
        unpack(local + once)


def test_a_compressed_file_is_refused_so_that_nothing_can_expand() -> None:
    bomb = zipped("brief.json", content=bytes(10_000_000), method=zipfile.ZIP_DEFLATED)

    with pytest.raises(PackageInvalid, match="is compressed"):
        unpack(bomb)


def test_an_encrypted_file_is_refused() -> None:
    locked = bytearray(pack(FILES))
    locked[6] |= 1

    with pytest.raises(PackageInvalid, match="is encrypted"):
        unpack(bytes(locked))


def test_a_package_over_the_limit_is_refused() -> None:
    with pytest.raises(PackageInvalid, match="larger than 64 MiB"):
        unpack(bytes(container.MAX_BYTES + 1))


def test_too_many_files_are_refused() -> None:
    many = {f"{n}.json": b"" for n in range(container.MAX_FILES + 1)}

    with pytest.raises(PackageInvalid, match="more than 2000 files"):
        unpack(pack(many))


def test_a_size_beyond_the_end_is_refused() -> None:
    long = bytearray(pack(FILES))
    struct.pack_into("<I", long, 18, 2**32 - 1)

    with pytest.raises(PackageInvalid, match=r"in the middle of brief\.json"):
        unpack(bytes(long))


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"PK", b"PK\5\6" + bytes(18)])
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    with pytest.raises(PackageInvalid, match="not a ZIP file"):
        unpack(data)


def test_a_package_cut_short_is_refused_wherever_it_was_cut() -> None:
    whole = pack(FILES)
    directory = whole.index(b"PK\1\2")

    for end in range(directory + 3):
        with pytest.raises(PackageInvalid):
            unpack(whole[:end])


def test_no_byte_can_change_and_still_be_the_same_container() -> None:
    whole, unnoticed = pack(FILES), []
    for position, bit in product(range(len(whole)), range(8)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << bit
        with suppress(PackageInvalid):
            if pack(unpack(bytes(damaged))) == damaged and unpack(bytes(damaged)) == FILES:
                unnoticed.append((position, bit))

    assert unnoticed == []


@settings(deadline=None, database=None)
@given(st.binary(max_size=200))
def test_garbage_after_the_first_bytes_never_raises_anything_else(tail: bytes) -> None:
    try:
        unpack(b"PK\3\4" + tail)
    except PackageInvalid as refused:
        assert str(refused).endswith(".")  # noqa: PT017 - either outcome is right
