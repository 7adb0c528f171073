"""The example day: where it lies and what its files say, checked before anything is played.

Reads only. The schemas are written out in ``docs/reference/examples.md``.
"""

from collections.abc import Iterable
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from engine.errors import SettingInvalid
from engine.model import Audience, Id, LensName, Quadrant, Role, Score

T = TypeVar("T")
Text = Annotated[str, Meta(min_length=1)]
Moment = Annotated[datetime, Meta(tz=True)]


class Example(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what the files hold: strict, so that a misspelt field is an error."""


# -- classify_today.json -------------------------------------------------------------------------


class ExampleItem(Example, frozen=True, kw_only=True):
    title: Text
    text: str = ""
    url: str = ""
    publisher: str = ""
    published: Moment | None = None


class ExampleIssue(Example, frozen=True, kw_only=True):
    id: Id
    title: Text
    quadrant: Quadrant
    score: Score
    items: Annotated[tuple[ExampleItem, ...], Meta(min_length=1)]


class Classified(Example, frozen=True, kw_only=True):
    issues: tuple[ExampleIssue, ...] = ()


# -- brief_<id>.json -----------------------------------------------------------------------------


class ExampleEvidence(Example, frozen=True, kw_only=True):
    """``quote`` is an exact part of the text of the item at ``url``."""

    url: Text
    quote: Text


class ExampleBrief(Example, frozen=True, kw_only=True):
    id: Id
    title: Text
    summary: Annotated[tuple[Text, ...], Meta(min_length=1)]
    risks: tuple[Text, ...] = ()
    opportunities: tuple[Text, ...] = ()
    recommendations: tuple[Text, ...] = ()
    evidence: tuple[ExampleEvidence, ...] = ()


# -- runtime.json --------------------------------------------------------------------------------


class Step(Example, frozen=True, kw_only=True, tag_field="do"):
    """Something that happens ``after_s`` seconds from the start."""

    after_s: Annotated[float, Meta(ge=0)]


class OpenReview(Step, frozen=True, kw_only=True, tag="open_review"):
    brief_id: Id


class PushItems(Step, frozen=True, kw_only=True, tag="push_items"):
    items: Annotated[tuple[ExampleItem, ...], Meta(min_length=1)]


class Sign(Step, frozen=True, kw_only=True, tag="sign"):
    """The demo reviewer who holds the role ``as`` approves the brief."""

    brief_id: Id
    role: Role = field(name="as")


class Pace(Example, frozen=True, kw_only=True):
    items_per_s: Annotated[float, Meta(gt=0)] = 3.0


class Runtime(Example, frozen=True, kw_only=True):
    script: tuple[OpenReview | PushItems | Sign, ...] = ()
    pace: Pace = Pace()


# -- sources.json, ui_config.json ----------------------------------------------------------------


class ExampleSource(Example, frozen=True, kw_only=True):
    """``location`` is a URL, or a path relative to the examples folder."""

    id: Id
    kind: Literal["feed", "csv", "jsonl"]
    location: Text
    title: str = ""
    columns: dict[str, str] = {}


class Sources(Example, frozen=True, kw_only=True):
    sources: tuple[ExampleSource, ...] = ()


class UiQuadrant(Example, frozen=True, kw_only=True):
    name: Quadrant
    colour: Annotated[str, Meta(pattern=r"^#[0-9a-f]{6}$")]


class UiConfig(Example, frozen=True, kw_only=True):
    title: Text = "Wireroom"
    quadrants: tuple[UiQuadrant, ...] = ()
    roles: tuple[Role, ...] = ()
    audiences: tuple[Audience, ...] = ()
    lenses: tuple[LensName, ...] = ()


# -- the day -------------------------------------------------------------------------------------


class Day(Struct, frozen=True, kw_only=True):
    """All of it. Every file but the feeds may be missing; then that part is empty."""

    folder: Path
    issues: tuple[ExampleIssue, ...]
    briefs: dict[str, ExampleBrief]
    runtime: Runtime
    sources: tuple[ExampleSource, ...]
    ui: UiConfig


def locate(given: Path | None = None) -> Path:
    """The examples folder: the given one, else the package's own, else the source tree's."""
    if given is not None:
        if not given.is_dir():
            raise SettingInvalid(f"WIREROOM_EXAMPLES_DIR: there is no folder {given}.")
        return given
    package = Path(str(files("server")))
    for folder in (package / "example_day", package.parent / "examples"):
        if folder.is_dir():
            return folder
    raise SettingInvalid("This installation has no examples: name a folder with --examples.")


def load(folder: Path) -> Day:
    """Read and check the files in ``folder``. Raises SettingInvalid naming file and field."""
    issues = _optional(folder / "classify_today.json", Classified, Classified()).issues
    day = Day(
        folder=folder,
        issues=issues,
        briefs={brief.id: brief for brief in _briefs(folder, issues)},
        runtime=_optional(folder / "runtime.json", Runtime, Runtime()),
        sources=_optional(folder / "sources.json", Sources, Sources()).sources,
        ui=_optional(folder / "ui_config.json", UiConfig, UiConfig()),
    )
    if not day.issues and not day.sources:
        raise SettingInvalid(
            f"The examples folder {folder} has neither sources.json nor classify_today.json."
        )
    return day


def local_feeds(day: Day) -> dict[str, Path]:
    """The files that sources of the day read, by source id. Raises SettingInvalid."""
    found: dict[str, Path] = {}
    for position, source in enumerate(day.sources):
        if "://" in source.location:
            continue
        path = day.folder / source.location
        if not path.resolve().is_relative_to(day.folder.resolve()) or not path.is_file():
            raise SettingInvalid(
                f"{day.folder / 'sources.json'}: there is no file {source.location!r} in the "
                f"examples folder - at `$.sources[{position}].location`."
            )
        found[source.id] = path
    return found


def _briefs(folder: Path, issues: Iterable[ExampleIssue]) -> Iterable[ExampleBrief]:
    told = {issue.id: issue for issue in issues}
    for path in sorted(folder.glob("brief_*.json")):
        brief = _decode(path, ExampleBrief)
        if path.stem != f"brief_{brief.id}":
            raise SettingInvalid(f"{path}: the file is named for another brief - at `$.id`.")
        if brief.id in told:
            _check_quotes(path, brief, told[brief.id])
            yield brief


def _check_quotes(path: Path, brief: ExampleBrief, issue: ExampleIssue) -> None:
    texts = {item.url: item.text for item in issue.items}
    for position, evidence in enumerate(brief.evidence):
        if evidence.quote not in texts.get(evidence.url, ""):
            raise SettingInvalid(
                f"{path}: no item of issue {issue.id!r} at {evidence.url} contains the quote - at "
                f"`$.evidence[{position}].quote`."
            )


def _optional(path: Path, kind: type[T], otherwise: T) -> T:
    return _decode(path, kind) if path.exists() else otherwise


def _decode(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise SettingInvalid(f"{path} cannot be read: {error.strerror}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingInvalid(f"{path}: {error}.") from None
