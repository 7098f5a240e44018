"""Who can read a credential, and what it opens."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lint.formats_kit import CREDENTIAL, ENTRY, STANDING

from kb.lint.exposure import OPENS, Exposure, exposure, opens, weight
from kb.model import Remnant, SecretKind, Visibility


@pytest.mark.parametrize("visibility", Visibility)
def test_the_wider_a_document_the_wider_its_secret(visibility: Visibility) -> None:
    here = exposure(replace(ENTRY, visibility=visibility), STANDING)
    wider = [exposure(replace(ENTRY, visibility=each), STANDING) for each in Visibility if each > visibility]
    assert all(here < each for each in wider)


def test_a_value_in_the_history_is_as_exposed_as_the_history() -> None:
    shared = Remnant(CREDENTIAL, ("revision:3",), 1, Visibility.INTERNET)
    entry = replace(ENTRY, remnants=(shared,))
    assert exposure(entry, STANDING) is Exposure.INTERNET
    other = replace(STANDING, secret=replace(CREDENTIAL, value_id="other"))
    assert exposure(entry, other) is Exposure.MEMBERS, "another value has the readers of its document"


def test_what_the_detector_saw_comes_before_what_the_kind_says() -> None:
    hook = replace(CREDENTIAL, kind=SecretKind.WEBHOOK_URL)
    assert opens(hook) == "hook"
    assert opens(replace(hook, opens="root")) == "root"
    assert opens(CREDENTIAL) == ""


def test_what_opens_most_weighs_first() -> None:
    ordered = [replace(CREDENTIAL, opens=each) for each in (*OPENS, "something new")]
    assert sorted(ordered, key=weight) == ordered
    assert weight(None) == weight(CREDENTIAL) == len(OPENS), "what nobody can tell comes last"
