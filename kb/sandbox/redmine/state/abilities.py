"""What a Redmine release can do, where releases differ in what kb uses.

The releases are those of Redmine's changelog. That 3.x omits null and false is its JSON builder
(lib/redmine/views/builders/structure.rb: `if args.any?`), seen in redmine.org's answers at the time.
"""

from __future__ import annotations

from dataclasses import dataclass

_NEWER_FILTERS = frozenset({"notes", "any_searchable"})


@dataclass(frozen=True, slots=True)
class ReleaseAbilities:
    """The abilities of a release; each field names the release that introduced it."""

    version: str
    empty_values: bool = True  # null and false appear in JSON at all (4.0)
    journal_updates: bool = True  # journals: updated_on, updated_by (6.0, #40449)
    status_is_closed: bool = True  # tickets: status.is_closed (5.0, #15855)
    allowed_statuses: bool = True  # include=allowed_statuses (5.0, #24976)
    journal_edits: bool = True  # PUT /journals/ID.json (5.0)
    hours_in_lists: bool = True  # lists: total and spent hours (5.0, #34857)
    project_filters: bool = True  # /projects.json hides closed ones, takes ?status= (4.1, #29482)
    inherit_members: bool = True  # projects: inherit_members (4.1, #32002)
    homepage_in_lists: bool = True  # project lists: homepage (5.1, #39113)
    issue_custom_fields: bool = True  # include=issue_custom_fields (4.2, #33301)
    full_tables: bool = True  # more columns of statuses, trackers, priorities, roles, users (4.0 to 6.0)
    rest_off: int = 403  # what a user's key gets when REST is off (403 since 4.1, #30086)
    missing_filters: frozenset[str] = frozenset()  # ignored without a word, as any unknown one


CURRENT = ReleaseAbilities("6.0")

REDMINE_3_4 = ReleaseAbilities(
    "3.4",
    empty_values=False,
    journal_updates=False,
    status_is_closed=False,
    allowed_statuses=False,
    journal_edits=False,
    hours_in_lists=False,
    project_filters=False,
    inherit_members=False,
    homepage_in_lists=False,
    issue_custom_fields=False,
    full_tables=False,
    rest_off=401,
    missing_filters=_NEWER_FILTERS,
)

PROFILES = {"redmine-3.4": REDMINE_3_4}


def release_abilities(profile: str) -> ReleaseAbilities:
    """Return the abilities of a sandbox profile: 6.0 unless it names an older release."""
    return PROFILES.get(profile, CURRENT)
