"""How well and how fast the analysis room works, on data that is not shipped.

    python bench/analysis/evaluate.py [DATA_FOLDER]      (default: ../shared/data)

Clustering: 87 labelled stories, split in half by story; constants were chosen on the first half
only. A second pool without story labels guards against issues that swallow everything.
Classification: labelled headlines, and another taxonomy told by a few seeds.
"""

import csv
import gzip
import io
import random
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from engine.analysis.analyst import Analyst
from engine.analysis.classify import Classifier
from engine.analysis.embed import Embedder
from engine.analysis.readings import AnalysedItem
from engine.analysis.taxonomy import Definition, Taxonomy, load_default
from engine.analysis.words import words

BATCH = 50
ROUNDS = 5
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def rows(path: Path) -> list[dict[str, str]]:
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
    return list(csv.DictReader(io.StringIO(text)))


# -- clustering ----------------------------------------------------------------------------------


def stories(folder: Path) -> tuple[list[AnalysedItem], list[str]]:
    """Items and their gold stories. Every time is the same: the file's betray the story."""
    path = folder / "stories" / "uci-news-sample" / "uci-news-aggregator.sample.csv"
    good = [row for row in rows(path) if row["TIMESTAMP"]]
    items = [
        AnalysedItem(id=row["ID"], title=row["TITLE"], publisher=row["PUBLISHER"], arrived=NOW)
        for row in good
    ]
    return items, [row["STORY"] for row in good]


def place(analyst: Analyst, items: Sequence[AnalysedItem]) -> list[str]:
    return [
        assignment.issue_id
        for start in range(0, len(items), BATCH)
        for assignment in analyst.assign(items[start : start + BATCH], NOW).assignments
    ]


def b_cubed(gold: Sequence[str], found: Sequence[str]) -> dict[str, float]:
    golds, founds, both = Counter(gold), Counter(found), Counter(zip(gold, found, strict=True))
    precision = sum(n * n / founds[f] for (_, f), n in both.items()) / len(gold)
    recall = sum(n * n / golds[g] for (g, _), n in both.items()) / len(gold)
    together, in_gold, in_found = (
        sum(n * (n - 1) / 2 for n in counts.values()) for counts in (both, golds, founds)
    )
    chance = in_gold * in_found / (len(gold) * (len(gold) - 1) / 2)
    return {
        "P": precision,
        "R": recall,
        "F1": 2 * precision * recall / (precision + recall),
        "ARI": (together - chance) / ((in_gold + in_found) / 2 - chance),
        "issues": len(founds),
        "stories": len(golds),
    }


def clustering(folder: Path, embedder: Embedder) -> None:
    items, gold = stories(folder)
    names = sorted(set(gold))
    random.Random(7).shuffle(names)
    tuning = set(names[: len(names) // 2])
    for half, inside in (("tuning half", True), ("held-out half", False), ("all", None)):
        chosen = [n for n, name in enumerate(gold) if inside in (None, name in tuning)]
        orders = {"as filed": chosen}
        for seed in (1, 2, 3):
            orders[f"shuffled {seed}"] = random.Random(seed).sample(chosen, len(chosen))
        for order, numbers in orders.items():
            found = place(Analyst(load_default(), embedder=embedder), [items[n] for n in numbers])
            report(f"stories, {half}, {order}", b_cubed([gold[n] for n in numbers], found))
        if inside is False:
            leads(items, gold, chosen, embedder)


def leads(
    items: Sequence[AnalysedItem], gold: Sequence[str], chosen: Sequence[int], embedder: Embedder
) -> None:
    """The same stories with bodies: each item gets three other headlines of its story as text."""
    by_story: dict[str, list[int]] = defaultdict(list)
    for number in chosen:
        by_story[gold[number]].append(number)
    pick = random.Random(4)
    order = pick.sample(list(chosen), len(chosen))
    longer = [
        AnalysedItem(
            id=items[n].id,
            title=items[n].title,
            text=". ".join(items[m].title for m in pick.sample(by_story[gold[n]], 3)),
            publisher=items[n].publisher,
            arrived=NOW,
        )
        for n in order
    ]
    found = place(Analyst(load_default(), embedder=embedder), longer)
    report("stories, held-out half, with leads", b_cubed([gold[n] for n in order], found))


def collapse(folder: Path, embedder: Embedder) -> None:
    """Four thousand unrelated news texts: no issue may swallow them."""
    pool = rows(folder / "topics" / "ag_pool.csv.gz")[:4000]
    items = [
        AnalysedItem(id=str(n), title=row["text"], publisher=str(n % 40), arrived=NOW)
        for n, row in enumerate(pool)
    ]
    sizes = Counter(place(Analyst(load_default(), embedder=embedder), items))
    report(
        "unrelated pool",
        {
            "items": len(items),
            "issues": len(sizes),
            "largest": max(sizes.values()),
            "mean issue of an item": sum(n * n for n in sizes.values()) / len(items),
        },
    )


# -- classification ------------------------------------------------------------------------------


def quadrants(folder: Path, embedder: Embedder) -> None:
    labelled = rows(folder / "quadrants" / "dev.csv")
    classifier = Classifier(load_default(), embedder)
    texts = [row["text"][:400] for row in labelled]
    scores = classifier.scores(embedder.embed(texts), [words(text) for text in texts])
    verdicts = [classifier.verdict(row) for row in scores]
    confusion = Counter(
        (row["label"], verdict.quadrant if verdict.relevance >= 0.5 else "None")
        for row, verdict in zip(labelled, verdicts, strict=True)
    )
    on_topic = [(r, v) for r, v in zip(labelled, verdicts, strict=True) if r["label"] != "None"]
    right = [row["label"] == verdict.quadrant for row, verdict in on_topic]
    calm = [
        ok for ok, (_, verdict) in zip(right, on_topic, strict=True) if not verdict.needs_review
    ]
    off = sum(n for (label, _), n in confusion.items() if label == "None")
    report(
        "quadrants",
        {
            "items": len(labelled),
            "four-way accuracy": statistics.mean(right),
            "mean confidence": statistics.mean(verdict.confidence for _, verdict in on_topic),
            "off-topic recall": confusion["None", "None"] / off,
            "wrongly off topic": sum(v.relevance < 0.5 for _, v in on_topic) / len(on_topic),
            "accuracy without needs_review": statistics.mean(calm),
            "share without needs_review": len(calm) / len(on_topic),
        },
    )
    names = (*classifier.names, "None")
    print("   label \\ found ", *(f"{name:>9}" for name in names))
    for label in names:
        print(f"   {label:<14}", *(f"{confusion[label, found]:>9}" for found in names))


def other_taxonomy(folder: Path, embedder: Embedder, seeds: int = 20) -> None:
    """A desk's own taxonomy: four topics, each told by a few texts, judged on others."""
    by_label: dict[str, list[str]] = defaultdict(list)
    for row in rows(folder / "topics" / "ag_pool.csv.gz"):
        by_label[row["label"]].append(row["text"])
    taxonomy = Taxonomy(
        name="topics",
        quadrants=tuple(
            Definition(name=label, seeds=tuple(texts[:seeds]))
            for label, texts in sorted(by_label.items())
        ),
    )
    classifier = Classifier(taxonomy, embedder)
    judged = [
        (label, text) for label, texts in by_label.items() for text in texts[seeds : seeds + 1000]
    ]
    texts = [text for _, text in judged]
    scores = classifier.scores(embedder.embed(texts), [words(text) for text in texts])
    found = [classifier.verdict(row).quadrant for row in scores]
    accuracy = statistics.mean(f == label for f, (label, _) in zip(found, judged, strict=True))
    report(f"other taxonomy, {seeds} seeds each", {"items": len(judged), "accuracy": accuracy})


# -- speed ---------------------------------------------------------------------------------------


def speed(folder: Path, embedder: Embedder) -> None:
    items, _ = stories(folder)
    titles = [item.title for item in items]
    spread("load, ms", [1e3 * timed(lambda: Analyst(load_default())) for _ in range(ROUNDS)])
    spread(
        "embed, headlines/s",
        [len(titles) / timed(lambda: embedder.embed(titles)) for _ in range(ROUNDS)],
    )
    whole, slowest = [], []
    for _ in range(ROUNDS):
        analyst = Analyst(load_default(), embedder=embedder)
        batches = [
            timed(partial(analyst.assign, items[start : start + BATCH], NOW))
            for start in range(0, len(items), BATCH)
        ]
        whole.append(len(items) / sum(batches))
        slowest.append(1e3 * max(batches))
    spread("assign, items/s", whole)
    spread(f"assign, slowest batch of {BATCH}, ms", slowest)
    crowded(folder, embedder)


def crowded(folder: Path, embedder: Embedder) -> None:
    """Batches of headline and summary against some five thousand active issues."""
    pool = rows(folder / "topics" / "ag_pool.csv.gz")
    items = [
        AnalysedItem(
            id=str(n),
            title=row["text"][:70],
            text=row["text"],
            publisher=str(n % 40),
            arrived=NOW + timedelta(seconds=n),
        )
        for n, row in enumerate(pool)
    ]
    analyst = Analyst(load_default(), embedder=embedder)
    analyst.assign(items[:-1000], NOW)
    times = [
        1e3 * timed(partial(analyst.assign, items[start : start + BATCH], NOW))
        for start in range(len(items) - 1000, len(items), BATCH)
    ]
    spread(f"assign, batch of {BATCH} among {analyst.active_issues} issues, ms", times)


def timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def spread(name: str, values: Sequence[float]) -> None:
    low, middle, high = min(values), statistics.median(values), max(values)
    print(f"{name}: median {middle:,.1f} (range {low:,.1f} to {high:,.1f}, n={len(values)})")


def report(name: str, measures: dict[str, float]) -> None:
    shown = (f"{each} {value:,.3f}".removesuffix(".000") for each, value in measures.items())
    print(f"{name}: {', '.join(shown)}")


def main() -> None:
    folder = Path((*sys.argv[1:], "../shared/data")[0])
    if not folder.is_dir():
        print(f"skipped: no evaluation data at {folder} (give its folder as the argument)")
        return
    np.seterr(all="raise", under="ignore")
    embedder = Embedder.load()
    clustering(folder, embedder)
    collapse(folder, embedder)
    quadrants(folder, embedder)
    other_taxonomy(folder, embedder)
    speed(folder, embedder)


if __name__ == "__main__":
    main()
