"""Answers counted in plain numbers, made into metrics when they are scraped.

The client library's own counters look up, lock and walk their buckets each time: a fifteenth of
what a hot read costs.
"""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
"""Upper bounds (s) of the buckets; one more is for what took longer."""
LABELS = (*map(floatToGoString, BOUNDS), "+Inf")


class Times:
    """How long the answers of one route took: how many in each bucket, and together."""

    __slots__ = ("buckets", "total")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds


class Answered(Collector):
    """Counted on the event loop alone, and read from any thread."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, int], int] = {}
        self._times: dict[str, Times] = {}

    def count(self, method: str, route: str, status: int, seconds: float | None) -> None:
        """One answer; ``seconds`` is None for a stream, which has no response time."""
        key = (method, route, status)
        self._counts[key] = self._counts.get(key, 0) + 1
        times = self._times.get(route)
        if times is None:
            times = self._times[route] = Times()
        if seconds is not None:
            times.add(seconds)

    def collect(self) -> Iterator[Metric]:
        counts = CounterMetricFamily(
            "api_requests", "Requests answered.", labels=("method", "route", "status")
        )
        for (method, route, status), count in tuple(self._counts.items()):
            counts.add_metric((method, route, str(status)), count)
        yield counts
        times = HistogramMetricFamily(
            "api_response_time_seconds",
            "Time from the request's head to its answer.",
            labels=("route",),
        )
        for route, of_route in tuple(self._times.items()):
            buckets = zip(LABELS, accumulate(of_route.buckets), strict=True)
            times.add_metric((route,), list(buckets), of_route.total)
        yield times
