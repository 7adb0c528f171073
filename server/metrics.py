"""Prometheus metrics of one application, in its own registry."""

from collections.abc import Callable, Sequence

import msgspec
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from engine.events.ingest import IngestFinished
from engine.events.recorded import Latest, Recorded
from server.answered import Answered

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OUTCOMES = ("new", "known", "duplicates", "rejected")


class Metrics:
    """Counts requests, and what the log says of ingest; gauges are asked when scraped."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        answered = Answered()
        self.registry.register(answered)
        self.answered = answered.count
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
