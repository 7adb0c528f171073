"""Export: the package that leaves, and how anyone checks it. Pure: bytes in, bytes out."""

from engine.export.bundle import Package, Released, build
from engine.export.package import Manifest
from engine.export.verify import Verdict, verify

__all__ = ["Manifest", "Package", "Released", "Verdict", "build", "verify"]
