"""Rounds: every server in turn, a busy round again, and what is printed in the end."""

import random
import statistics
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import NamedTuple, TypeVar

from clients import Subscribers, Tools
from machine import Load
from servers import Running, Servers

AGAIN_AT_MOST = 3
BURSTS = 20
"""Of each server in a round where they take turns: as short as what disturbs them."""
Figures = dict[str, float]
Found = TypeVar("Found")
Measure = Callable[[Running, Subscribers], Figures]
Prepare = Callable[[Subscribers], object]


class Target(NamedTuple):
    """What a ratio should be; ``at_most`` or ``at_least``."""

    at_least: float | None = None
    at_most: float | None = None

    def verdict(self, value: float) -> str:
        if self.at_least is not None:
            return f"target >= {self.at_least:g}: {_met(value >= self.at_least)}"
        if self.at_most is not None:
            return f"target <= {self.at_most:g}: {_met(value <= self.at_most)}"
        return ""


def _met(yes: bool) -> str:
    return "met" if yes else "MISSED"


NO_TARGET = Target()


class Bench:
    """What every scenario measures with. ``tolerated`` is the share of a core that others may take
    before a round is measured again."""

    def __init__(
        self,
        servers: Servers,
        tools: Tools,
        *,
        rounds: int,
        seconds: float,
        sustained_s: float,
        tolerated: float,
    ) -> None:
        self.servers = servers
        self.tools = tools
        self.rounds = rounds
        self.seconds = seconds
        self.sustained_s = sustained_s
        self.tolerated = tolerated
        self.worst_foreign = 0.0

    def interleaved(self, names: Iterable[str], measure: Measure) -> dict[str, list[Figures]]:
        """``rounds`` figures of each server that is installed, taken in turn."""
        present = self._present(names)
        figures: dict[str, list[Figures]] = {name: [] for name in present}
        for _ in range(self.rounds):
            for name in present:
                figures[name].append(self.one(name, measure))
        return figures

    def by_bursts(
        self, names: Iterable[str], prepare: Prepare, measure: Measure
    ) -> dict[str, list[Figures]]:
        """``rounds`` times all servers side by side, fresh, each with its subscribers. BURSTS times
        each has its turn, in random order, while the others rest: what slows the machine down for a
        while hits any of them. A round's figures are the medians of its bursts."""
        present = self._present(names)
        rounds = [self._round_of_bursts(present, prepare, measure) for _ in range(self.rounds)]
        return {name: [each[name] for each in rounds] for name in present}

    def _round_of_bursts(
        self, names: list[str], prepare: Prepare, measure: Measure
    ) -> dict[str, Figures]:
        with ExitStack() as held:
            pairs: dict[str, tuple[Running, Subscribers]] = {}
            for place, name in enumerate(names):
                server = held.enter_context(self.servers.start(name, place=place))
                subscribers = held.enter_context(self.tools.subscribers(*server.client))
                prepare(subscribers)
                pairs[name] = server, subscribers
            pids = [pid for server, client in pairs.values() for pid in (*server.pids, client.pid)]

            def everyones_turn() -> tuple[dict[str, Figures], float]:
                load = Load(pids)
                order = random.sample(names, len(names))
                return {name: measure(*pairs[name]) for name in order}, load.foreign_share()

            turns = [self._undisturbed(everyones_turn) for _ in range(BURSTS)]
        return {name: _middle([turn[name] for turn in turns]) for name in names}

    def _present(self, names: Iterable[str]) -> list[str]:
        return [name for name in dict.fromkeys(names) if self.servers.has(name)]

    def one(self, name: str, measure: Measure) -> Figures:
        """One round."""

        def measured() -> tuple[Figures, float]:
            with (
                self.servers.start(name) as server,
                self.tools.subscribers(*server.client) as subscribers,
            ):
                load = Load([*server.pids, subscribers.pid])
                return measure(server, subscribers), load.foreign_share()

        return self._undisturbed(measured)

    def _undisturbed(self, measured: Callable[[], tuple[Found, float]]) -> Found:
        """Again while others take too much of the machine."""
        for _ in range(AGAIN_AT_MOST):
            found, foreign = measured()
            if foreign <= self.tolerated:
                break
        self.worst_foreign = max(self.worst_foreign, foreign)
        return found


def _middle(figures: list[Figures]) -> Figures:
    return {key: statistics.median(each[key] for each in figures) for key in figures[0]}


def title(text: str) -> None:
    print(f"\n## {text}", flush=True)


def values(name: str, figures: list[Figures], key: str, unit: str, scale: float = 1.0) -> None:
    print(f"  {name:<40}{span([each[key] * scale for each in figures])} {unit}", flush=True)


def ratio(
    name: str, over: list[Figures], under: list[Figures], key: str, target: Target = NO_TARGET
) -> None:
    """Round by round; the target is held against the median."""
    ratios = [a[key] / b[key] if b[key] else 0.0 for a, b in zip(over, under, strict=True)]
    verdict = target.verdict(statistics.median(ratios))
    print(f"  {name:<40}{span(ratios)} x  {verdict}", flush=True)


def span(found: list[float]) -> str:
    low, middle, high = min(found), statistics.median(found), max(found)
    return f"{number(low):>10} / {number(middle):>10} / {number(high):>10}"


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"
