"""The quadrants a desk sorts issues into, told by example headlines. Pure after `load`.

A desk brings its own as a JSON file of the same shape as `taxonomies/default.json`.
"""

from importlib import resources
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from engine.model import Quadrant


class Definition(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One quadrant. `seeds` are example headlines; `cues` are words that speak for it."""

    name: Quadrant
    description: str = ""
    seeds: Annotated[tuple[str, ...], Meta(min_length=1)]
    cues: tuple[str, ...] = ()


class Taxonomy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At least two quadrants and, if the desk wants a relevance, what is off topic."""

    name: str
    quadrants: Annotated[tuple[Definition, ...], Meta(min_length=2)]
    off_topic: Definition | None = None

    def __post_init__(self) -> None:
        names = self.names
        if len(set(names)) < len(names):
            raise ValueError("two quadrants of the taxonomy have the same name")

    @property
    def names(self) -> tuple[str, ...]:
        """The quadrants' names, in order."""
        return tuple(definition.name for definition in self.quadrants)

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """The quadrants, then what is off topic, if told."""
        return self.quadrants if self.off_topic is None else (*self.quadrants, self.off_topic)


def parse_taxonomy(raw: bytes) -> Taxonomy:
    """The taxonomy of a JSON file; raises `msgspec.ValidationError` naming what is wrong."""
    return msgspec.json.decode(raw, type=Taxonomy)


def load_default() -> Taxonomy:
    """Policy, Industry, Advocacy and Risk."""
    folder = resources.files("engine.analysis") / "taxonomies"
    return parse_taxonomy((folder / "default.json").read_bytes())
