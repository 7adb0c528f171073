import pytest

from engine.analysis.classify import Classifier, Verdict
from engine.analysis.embed import Embedder
from engine.analysis.taxonomy import Definition, Taxonomy, load_default
from engine.analysis.words import words


def judge(classifier: Classifier, embedder: Embedder, text: str) -> Verdict:
    return classifier.verdict(classifier.scores(embedder.embed([text]), [words(text)])[0])


@pytest.fixture(scope="module")
def classifier(embedder: Embedder) -> Classifier:
    return Classifier(load_default(), embedder)


@pytest.mark.parametrize(
    ("text", "quadrant"),
    [
        ("Assembly adopts law on ferry safety after minister's plea", "Policy"),
        ("Brassfield Works lifts profit forecast on crane orders", "Industry"),
        ("Harbour pilots march on ministry demanding higher pay", "Advocacy"),
        ("Ferry capsizes off Torvend cape, dozens feared dead", "Risk"),
    ],
)
def test_plain_cases_go_where_they_belong(
    classifier: Classifier, embedder: Embedder, text: str, quadrant: str
) -> None:
    verdict = judge(classifier, embedder, text)

    assert verdict.quadrant == quadrant
    assert verdict.relevance > 0.8
    assert not verdict.needs_review


@pytest.mark.parametrize(
    "text",
    ["Torvend striker scores late winner in cup final", "Actress Ilka Moss weds singer in secret"],
)
def test_sport_and_celebrity_are_off_topic_and_go_to_review(
    classifier: Classifier, embedder: Embedder, text: str
) -> None:
    verdict = judge(classifier, embedder, text)

    assert verdict.relevance < 0.3
    assert verdict.needs_review
    assert verdict.quadrant in classifier.names


def test_a_text_that_says_nothing_goes_to_review(
    classifier: Classifier, embedder: Embedder
) -> None:
    assert judge(classifier, embedder, "꙳").needs_review


def test_a_desk_brings_its_own_taxonomy(embedder: Embedder) -> None:
    sea = Definition(name="Sea", seeds=("Ship leaves harbour", "Trawler lost in storm at sea"))
    land = Definition(
        name="Land", seeds=("Farm sown with wheat", "New road through hills"), cues=("tractor",)
    )
    classifier = Classifier(Taxonomy(name="own", quadrants=(sea, land)), embedder)

    verdict = judge(classifier, embedder, "Ferries wait for calmer waves")

    assert verdict.quadrant == "Sea"
    assert verdict.relevance == 1.0
    assert judge(classifier, embedder, "Tractor sales").quadrant == "Land"


def test_a_correction_moves_like_texts_and_leaves_others(embedder: Embedder) -> None:
    classifier = Classifier(load_default(), embedder)
    text = "Lighthouse keepers publish tide tables"
    other = "Parliament passes budget law"
    before, other_before = (judge(classifier, embedder, each) for each in (text, other))
    wanted = next(name for name in classifier.names if name != before.quadrant)

    classifier.correct("issue", wanted, embedder.embed([text])[0], words(text))

    assert judge(classifier, embedder, text).quadrant == wanted
    assert (
        judge(classifier, embedder, "Lighthouse keepers print new tide tables").quadrant == wanted
    )
    after = judge(classifier, embedder, other)
    assert after.quadrant == other_before.quadrant
    assert after.confidence == pytest.approx(other_before.confidence, abs=0.05)
