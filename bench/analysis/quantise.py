"""Turn a distilled fp16 embedding table into the int8 files the engine ships. Run once, by hand.

    python bench/analysis/quantise.py ../shared/models/minilm-static-256 engine/analysis/table

Each row keeps its own scale (largest absolute value / 127), so a rare word's small vector is as
exact as a common word's. Prints what the rounding costs.
"""

import json
import sys
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray


def read_safetensors(path: Path) -> NDArray[np.float32]:
    """The one tensor of a single-tensor safetensors file: 8-byte header length, JSON, raw bytes."""
    raw = path.read_bytes()
    header_bytes = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + header_bytes])
    ((_, entry),) = ((name, value) for name, value in header.items() if name != "__metadata__")
    if entry["dtype"] != "F16":
        raise SystemExit(f"{path}: expected F16, found {entry['dtype']}")
    start, end = entry["data_offsets"]
    flat = np.frombuffer(raw[8 + header_bytes :][start:end], dtype=np.float16)
    return flat.reshape(entry["shape"]).astype(np.float32)


def read_vocabulary(path: Path) -> list[str]:
    """The pieces of a `tokenizer.json`, in id order."""
    ids: dict[str, int] = msgspec.json.decode(path.read_bytes())["model"]["vocab"]
    pieces = sorted(ids, key=ids.__getitem__)
    if [ids[piece] for piece in pieces] != list(range(len(pieces))):
        raise SystemExit(f"{path}: ids are not 0..{len(pieces) - 1}")
    return pieces


def quantise(rows: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Symmetric int8 per row: `rows ≈ codes * scales[:, None]`."""
    scales = np.abs(rows).max(axis=1) / 127.0
    safe = np.where(scales > 0, scales, 1.0)
    codes = np.rint(rows / safe[:, None]).astype(np.int8)
    return codes, scales.astype(np.float32)


def cosines(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    used = norms > 0
    products: NDArray[np.float32] = np.einsum("ij,ij->i", left, right)[used] / norms[used]
    return products


def main(model: Path, out: Path) -> None:
    rows = read_safetensors(model / "model.safetensors")
    pieces = read_vocabulary(model / "tokenizer.json")
    if len(pieces) != len(rows):
        raise SystemExit(f"{len(pieces)} pieces for {len(rows)} rows")
    codes, scales = quantise(rows)
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / "codes.npy", codes)
    np.save(out / "scales.npy", scales)
    (out / "vocabulary.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    fidelity = cosines(rows, codes.astype(np.float32) * scales[:, None])
    size = sum(file.stat().st_size for file in out.iterdir())
    print(f"{rows.shape[0]} x {rows.shape[1]}, {size / 1e6:.2f} MB")
    print(f"cosine to fp16 per row: min {fidelity.min():.5f}, median {np.median(fidelity):.5f}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
