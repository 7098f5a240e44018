"""Every verb of a plan has its words, in both languages, and each says something of its own."""

from __future__ import annotations

import pytest

from kb.model.plan import KEY_LABELS, KEY_TYPES, KEYS_BY_SOURCE, ChangeKey, Verb, label_keys
from kb.plan.impact.sentences import VERB_LABELS, VERB_REASONS
from kb.text.lang import Text


@pytest.mark.parametrize("words", [VERB_LABELS, VERB_REASONS], ids=["what", "why"])
def test_every_verb_has_words_of_its_own(words: dict[Verb, Text]) -> None:
    assert list(words) == list(Verb)
    for language in ("ja", "en"):
        said = [getattr(text, language) for text in words.values()]
        assert all(said)
        assert len(set(said)) == len(said)


def test_every_field_a_plan_touches_has_a_type_a_system_and_a_name() -> None:
    assert (
        set(KEY_TYPES) == set(KEY_LABELS) == {key for keys in KEYS_BY_SOURCE.values() for key in keys} == set(ChangeKey)
    )
    assert (label_keys([ChangeKey.TITLE, "category"]).ja, label_keys(["status"]).en) == ("題名、分類", "status")
