from datetime import UTC, datetime, timedelta

import pytest

from engine.analysis.cluster import Clusterer, ClusterRules, Evidence
from engine.analysis.embed import Embedder
from engine.analysis.words import Background, words

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAM = "Qelvar dam closed after divers find cracks in foundation"
DAM_AGAIN = "Water board closes Qelvar dam over foundation cracks"
BANK = "Central bank of Torvend holds interest rates steady"


class Desk:
    """A clusterer fed by headlines."""

    def __init__(self, background: Background, embedder: Embedder, **rules: object) -> None:
        self.embedder = embedder
        self.clusterer = Clusterer(background, ClusterRules(**rules), 256)  # type: ignore[arg-type]  # names are the rules' own

    def evidence(self, title: str, when: datetime = NOON) -> Evidence:
        return Evidence(self.embedder.embed([title])[0], words(title), when)

    def add(self, issue: str, title: str, at: datetime = NOON) -> tuple[str, ...]:
        return self.clusterer.add(issue, self.evidence(title, at), at)

    def choose(self, title: str, when: datetime = NOON) -> str | None:
        return self.clusterer.choose(self.evidence(title, when))


@pytest.fixture
def desk(background: Background, embedder: Embedder) -> Desk:
    return Desk(background, embedder)


def test_the_first_item_opens_an_issue(desk: Desk) -> None:
    assert desk.choose(DAM) is None


def test_an_item_joins_the_issue_that_tells_its_story(desk: Desk) -> None:
    desk.add("bank", BANK)
    desk.add("dam", DAM)

    assert desk.choose(DAM_AGAIN) == "dam"


def test_another_story_opens_an_issue(desk: Desk) -> None:
    desk.add("dam", DAM)

    assert desk.choose("Brassfield Works hires 400 for crane plant") is None


def test_the_pull_of_an_issue_fades_with_the_time_between(desk: Desk) -> None:
    desk.add("dam", DAM)

    assert desk.choose(DAM_AGAIN, NOON + timedelta(days=1)) == "dam"
    assert desk.choose(DAM_AGAIN, NOON - timedelta(days=90)) is None


def test_a_longer_text_needs_more_likeness(background: Background, embedder: Embedder) -> None:
    strict = Desk(background, embedder, headline_words=1, length_penalty=2.0)

    strict.add("dam", DAM)

    assert strict.choose(DAM_AGAIN) is None


def test_an_issue_that_gains_nothing_for_the_window_is_closed(desk: Desk) -> None:
    desk.add("dam", DAM)

    closed = desk.add("bank", BANK, NOON + timedelta(days=15))

    assert closed == ("dam",)
    assert "dam" not in desk.clusterer
    assert desk.choose(DAM_AGAIN, NOON) is None


def test_an_issue_that_came_back_closes_in_its_turn(desk: Desk) -> None:
    desk.add("dam", DAM)
    desk.add("bank", BANK, NOON + timedelta(days=10))
    desk.clusterer.hold()
    desk.clusterer.close("dam")
    desk.add("reservoir", DAM)
    desk.clusterer.settle()

    closed = desk.add("pilots", "Harbour pilots in Ostmark strike", NOON + timedelta(days=15))

    assert closed == ("reservoir",)


def test_a_copy_keeps_an_issue_open_and_changes_no_choice(desk: Desk) -> None:
    desk.add("dam", DAM)
    later = NOON + timedelta(days=10)

    assert desk.clusterer.touch("dam", later, later) == ()
    assert desk.add("bank", BANK, NOON + timedelta(days=15)) == ()


def test_too_many_issues_close_the_one_that_waited_longest(
    background: Background, embedder: Embedder
) -> None:
    small = Desk(background, embedder, active=2)
    small.add("dam", DAM)
    small.add("bank", BANK)
    small.add("dam", DAM_AGAIN)

    closed = small.add("crane", "Brassfield Works hires 400 for crane plant")

    assert closed == ("bank",)
    assert len(small.clusterer) == 2


def test_a_closed_issues_place_is_used_again_without_its_memory(
    background: Background, embedder: Embedder
) -> None:
    small = Desk(background, embedder, active=1)
    small.add("dam", DAM)
    small.add("bank", BANK)

    assert small.choose(DAM_AGAIN) is None
    assert small.choose("Torvend central bank keeps interest rates on hold") == "bank"


def test_the_matrix_grows_with_the_issues(desk: Desk) -> None:
    for number in range(130):
        desk.add(f"issue-{number}", f"qelvarin{number} torvendis{number} brassworks{number}")

    assert len(desk.clusterer) == 130
    assert desk.choose("qelvarin99 torvendis99 brassworks99") == "issue-99"


def test_a_rare_shared_name_finds_an_issue_that_is_not_near_in_angle(
    background: Background, embedder: Embedder
) -> None:
    narrow = Desk(background, embedder, candidates=1)
    for number in range(5):
        narrow.add(f"issue-{number}", f"Minister opens bridge number {number} in the north")
    narrow.add("xyl", "Xylbrand Quorvel Zantheria arrested")

    assert narrow.choose("Minister on Xylbrand Quorvel Zantheria arrested") == "xyl"


def test_evidence_weighs_names_above_common_words(desk: Desk) -> None:
    desk.add("dam", DAM)
    desk.add("dam", DAM_AGAIN)

    evidence = desk.clusterer.evidence_of("dam")

    assert evidence["qelvar"] > evidence["after"]
