"""Prometheus metrics of one application, in its own registry."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from engine.events.ingest import IngestFinished
from engine.events.recorded import Latest, Recorded

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
OUTCOMES = ("new", "known", "duplicates", "rejected")


class Bound(NamedTuple):
    """The two children one kind of request feeds, looked up once."""

    requests: Counter
    seconds: Histogram


class Metrics:
    """Counts requests, and what the log says of ingest; gauges are asked when scraped."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._requests = Counter(
            "api_requests_total",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "api_response_time_seconds",
            "Time from the request's head to its answer.",
            ("route",),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._runs = Counter(
            "wireroom_ingest_runs_total", "Ingest runs finished.", registry=self.registry
        )
        items = Counter(
            "wireroom_ingest_items_total",
            "Entries read by ingest, by what became of them.",
            ("outcome",),
            registry=self.registry,
        )
        self._items = {outcome: items.labels(outcome) for outcome in OUTCOMES}
        self._failed = Counter(
            "wireroom_ingest_source_failures_total",
            "Times a source began to fail.",
            registry=self.registry,
        )
        self._bound: dict[tuple[str, str, int], Bound] = {}

    def answered(self, method: str, route: str, status: int, seconds: float | None) -> None:
        """Count one answer; ``seconds`` is None for a stream, which has no response time."""
        key = (method, route, status)
        bound = self._bound.get(key)
        if bound is None:
            bound = self._bound[key] = Bound(
                self._requests.labels(method, route, str(status)), self._seconds.labels(route)
            )
        bound.requests.inc()
        if seconds is not None:
            bound.seconds.observe(seconds)

    def gauge(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Add a gauge that is asked for its value whenever it is scraped."""
        Gauge(name, text, registry=self.registry).set_function(value)

    def recorded(self, events: Sequence[Recorded]) -> None:
        for event in events:
            if event.type == "ingest.finished":
                self._finished(event)
            elif event.type == "ingest.source_failed":
                self._failed.inc()

    def latest(self, event: Latest) -> None:
        """Progress is not counted: the finished run is."""

    def text(self) -> bytes:
        """The exposition. Reads ``/proc``: call it off the event loop."""
        return generate_latest(self.registry)

    def _finished(self, event: Recorded) -> None:
        run = msgspec.json.decode(event.data, type=IngestFinished).run
        self._runs.inc()
        for outcome, counter in self._items.items():
            counter.inc(getattr(run, outcome))
