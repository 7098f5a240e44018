"""Who can read a secret where it stands, and what it opens."""

from __future__ import annotations

import pytest

from kb.model.document import Kind, Source, Visibility
from kb.model.facts import Confidence
from kb.model.page import Entry
from kb.model.secret import LengthClass, Secret, SecretKind
from kb.secrets.exposure import TARGETS, Exposure, classify_target, rank_target, rate_part_exposure
from kb.text.lines import Span


def entry(source: Source, visibility: Visibility) -> Entry:
    return Entry("d", source, Kind.POST, "", visibility=visibility)


@pytest.mark.parametrize(
    ("source", "visibility", "part", "meta", "exposure"),
    [
        (Source.ESA, Visibility.INTERNET, "body", {}, Exposure.INTERNET),
        (Source.ESA, Visibility.INTERNET, "title", {}, Exposure.INTERNET),
        (Source.ESA, Visibility.INTERNET, "revision:3", {}, Exposure.MEMBERS),
        (Source.ESA, Visibility.MEMBERS, "body", {}, Exposure.MEMBERS),
        (Source.ESA, Visibility.LIMITED, "body", {}, Exposure.PROJECT),
        (Source.ESA, Visibility.PRIVATE, "body", {}, Exposure.PRIVATE),
        (Source.FILES, Visibility.MEMBERS, "body", {}, Exposure.MEMBERS),
        (Source.REDMINE, Visibility.MEMBERS, "journal:7", {"private": False}, Exposure.ANONYMOUS),
        (Source.REDMINE, Visibility.PRIVATE, "body", {"private": False}, Exposure.PROJECT),
        (Source.REDMINE, Visibility.PRIVATE, "body", {}, Exposure.PROJECT),
        (Source.REDMINE, Visibility.PRIVATE, "journal:7", {"private": True}, Exposure.PRIVATE),
    ],
)
def test_who_can_read_a_place(
    source: Source, visibility: Visibility, part: str, meta: dict[str, object], exposure: Exposure
) -> None:
    assert rate_part_exposure(entry(source, visibility), part, meta) is exposure


def secret(kind: SecretKind, opens: str = "") -> Secret:
    return Secret(kind, Span(1, 1, 1, 2), Confidence.HIGH, LengthClass.MIDDLE, "r", opens=opens)


def test_what_a_secret_opens_is_told_by_the_words_around_it_else_by_its_kind() -> None:
    assert classify_target(secret(SecretKind.PASSWORD, "root")) == "root"
    assert classify_target(secret(SecretKind.CONNECTION_STRING)) == "database"
    assert classify_target(secret(SecretKind.PASSWORD)) == ""
    assert all(classify_target(secret(kind)) in TARGETS for kind in SecretKind)


def test_the_worst_that_is_opened_comes_first_and_what_is_not_known_in_the_middle() -> None:
    assert rank_target("root") < rank_target("cloud") < rank_target("database") < rank_target("") < rank_target("hook")
    assert rank_target("what nobody listed") == rank_target("")
