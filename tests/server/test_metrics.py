import msgspec
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from engine.events.ingest import IngestFinished
from engine.events.recorded import Latest
from server.answered import BOUNDS
from server.metrics import Metrics
from tests.server.desk import a_run, an_event

LABELS = ("method", "route", "status")


def test_two_applications_count_apart() -> None:
    one, other = Metrics(), Metrics()

    one.answered("GET", "/config", 200, 0.01)

    assert b'route="/config"' in one.text()
    assert b'route="/config"' not in other.text()


def test_a_stream_is_counted_without_a_response_time() -> None:
    metrics = Metrics()

    metrics.answered("GET", "/ws", 101, None)

    text = metrics.text()
    assert b'api_requests_total{method="GET",route="/ws",status="101"} 1.0' in text
    assert b'api_response_time_seconds_count{route="/ws"} 0.0' in text


TIMES = (0.0, 0.001, 0.0011, 0.25, 14.9, 15.0, 15.1, 3_600.0)


def test_answers_read_as_the_client_library_writes_them() -> None:
    metrics, registry = Metrics(), CollectorRegistry()
    counter = Counter("api_requests", "Requests answered.", LABELS, registry=registry)
    times = Histogram(
        "api_response_time_seconds",
        "Time from the request's head to its answer.",
        ["route"],
        buckets=BOUNDS,
        registry=registry,
    )

    for number, seconds in enumerate(TIMES):
        labels = ("GET", f"/{number % 3}", 200 + number % 2)
        metrics.answered(*labels, seconds)
        counter.labels(*labels).inc()
        times.labels(labels[1]).observe(seconds)

    assert lines_of(metrics.text()) == lines_of(generate_latest(registry))


def lines_of(text: bytes) -> list[str]:
    """Without when a metric was made: the library alone tells."""
    ours = [line for line in text.decode().splitlines() if "api_re" in line]
    return sorted(line for line in ours if "_created" not in line)


def test_a_finished_run_counts_what_became_of_its_items() -> None:
    metrics = Metrics()
    run = a_run(read=9, new=5, duplicates=3, rejected=1)
    finished = an_event(
        1, "ingest", "ingest.finished", msgspec.json.encode(IngestFinished(run=run))
    )

    metrics.recorded([finished])

    text = metrics.text()
    assert b"wireroom_ingest_runs_total 1.0" in text
    assert b'wireroom_ingest_items_total{outcome="new"} 5.0' in text
    assert b'wireroom_ingest_items_total{outcome="rejected"} 1.0' in text


def test_a_source_that_begins_to_fail_is_counted() -> None:
    metrics = Metrics()

    metrics.recorded([an_event(1, "ingest", "ingest.source_failed"), an_event(2)])
    metrics.latest(Latest("ingest.progress", "ingest", "wire", b"{}"))

    assert b"wireroom_ingest_source_failures_total 1.0" in metrics.text()


def test_the_process_is_measured_too() -> None:
    assert b"process_resident_memory_bytes" in Metrics().text()
