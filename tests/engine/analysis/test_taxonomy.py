import msgspec
import pytest

from engine.analysis.taxonomy import Definition, Taxonomy, load_default, parse_taxonomy


def test_the_default_has_the_four_quadrants_and_an_off_topic_class() -> None:
    taxonomy = load_default()

    assert taxonomy.names == ("Policy", "Industry", "Advocacy", "Risk")
    assert taxonomy.off_topic is not None
    assert taxonomy.definitions[-1] is taxonomy.off_topic


def test_every_default_quadrant_has_many_different_seeds() -> None:
    seeds = [seed for definition in load_default().definitions for seed in definition.seeds]

    assert len(seeds) == len(set(seeds))
    assert all(len(definition.seeds) >= 80 for definition in load_default().definitions)


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b'{"name":"n","quadrants":[]}', "length >= 2"),
        (b'{"name":"n","quadrants":[{"name":"A","seeds":[]},{"name":"B","seeds":["b"]}]}', "seeds"),
        (
            b'{"name":"n","quadrants":[{"name":"A","seeds":["a"]},{"name":"A","seeds":["b"]}]}',
            "same",
        ),
        (b'{"name":"n","quadrant":[]}', "quadrant"),
    ],
)
def test_a_faulty_taxonomy_is_refused_with_what_is_wrong(raw: bytes, complaint: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=complaint):
        parse_taxonomy(raw)


def test_a_taxonomy_may_do_without_an_off_topic_class() -> None:
    quadrants = (Definition(name="Sea", seeds=("a",)), Definition(name="Land", seeds=("b",)))

    assert Taxonomy(name="own", quadrants=quadrants).definitions == quadrants
