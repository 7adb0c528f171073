import numpy as np
import pytest

from engine.analysis.embed import Embedder


def test_vectors_have_length_one(embedder: Embedder) -> None:
    vectors = embedder.embed(["Port workers strike over pay", "Central bank holds rates"])

    assert vectors.shape == (2, 256)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_like_meanings_are_nearer_than_unlike_ones(embedder: Embedder) -> None:
    strike, walkout, recipe = embedder.embed(
        ["Dock workers strike over pay", "Port staff walk out in wage dispute", "Best lemon cake"]
    )

    assert strike @ walkout > strike @ recipe + 0.2


@pytest.mark.parametrize("text", ["", "\u200b", "꙳꙳꙳", "Пилоты порта", "港湾法が可決"])
def test_a_text_without_known_pieces_is_a_zero_vector(embedder: Embedder, text: str) -> None:
    assert not embedder.embed([text]).any()


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, 256)


def test_a_vector_does_not_depend_on_its_company(embedder: Embedder) -> None:
    alone = embedder.embed(["Ferry sinks off cape"])
    together = embedder.embed(["Bank cuts rates", "Ferry sinks off cape"])

    assert np.array_equal(alone[0], together[1])


def test_the_table_is_mapped_not_read(embedder: Embedder) -> None:
    assert isinstance(embedder._codes, np.memmap)
