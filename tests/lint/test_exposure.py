"""Who can read the credential a finding is about."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lint.formats_kit import CREDENTIAL, ENTRY, STANDING

from kb.model.document import Source, Visibility
from kb.model.secret import Remnant
from kb.secrets.exposure import Exposure, rate_exposure


@pytest.mark.parametrize("source", Source)
@pytest.mark.parametrize("visibility", Visibility)
def test_the_wider_a_document_the_wider_its_secret(visibility: Visibility, source: Source) -> None:
    entry = replace(ENTRY, source=source)
    here = rate_exposure(replace(entry, visibility=visibility), STANDING)
    wider = [rate_exposure(replace(entry, visibility=each), STANDING) for each in Visibility if each > visibility]
    assert all(here <= each for each in wider)


def test_a_private_ticket_is_for_fewer_than_its_project() -> None:
    ticket = replace(ENTRY, source=Source.REDMINE, visibility=Visibility.PRIVATE)
    assert rate_exposure(ticket, STANDING) is Exposure.PROJECT
    assert rate_exposure(replace(ticket, private=True), STANDING) is Exposure.PRIVATE


def test_a_value_in_the_history_is_as_exposed_as_the_history() -> None:
    ticket = replace(ENTRY, source=Source.REDMINE, visibility=Visibility.MEMBERS)
    left = Remnant(CREDENTIAL, ("journal:3:old",), 1, Visibility.PRIVATE)
    assert rate_exposure(ticket, STANDING) is Exposure.ANONYMOUS
    assert rate_exposure(replace(ticket, remnants=(left,)), STANDING) is Exposure.PROJECT
    other = replace(STANDING, secret=replace(CREDENTIAL, value_id="other"))
    assert rate_exposure(replace(ticket, remnants=(left,)), other) is Exposure.ANONYMOUS, (
        "another value stands in the text"
    )
