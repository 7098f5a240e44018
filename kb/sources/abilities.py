"""What this Redmine can do, learnt from its answers: no request of the API tells its version.

The releases are those of Redmine's own changelog.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kb.lang import Text, t
from kb.sources.call import Row


@dataclass(frozen=True, slots=True)
class Abilities:
    """True until an answer shows otherwise."""

    status_is_closed: bool = True  # tickets say whether their status is a closed one (5.0)
    journal_updates: bool = True  # notes say when and by whom they were edited (6.0)
    closed_projects: bool = True  # /projects.json takes `status=1|5` (4.1)
    enabled_modules: bool = True  # projects say which modules are on (3.4)
    id_filter: bool = True  # lists take `issue_id=>=N`

    def seen_in_tables(self, projects: Iterable[Row]) -> Abilities:
        """What the list of projects shows."""
        rows = list(projects)
        if not rows:
            return self
        return replace(
            self,
            # 4.1 brought the filter and `inherit_members` in the same list; older ones show neither.
            closed_projects=all("inherit_members" in row for row in rows),
            enabled_modules=any("enabled_modules" in row for row in rows),
        )

    def seen_in_issue(self, row: Row) -> Abilities:
        """What one ticket with its notes shows."""
        found = self
        if found.status_is_closed and isinstance(row.get("status"), dict) and "is_closed" not in row["status"]:
            found = replace(found, status_is_closed=False)
        journals = row.get("journals") or ()
        if found.journal_updates and journals and not any("updated_on" in journal for journal in journals):
            found = replace(found, journal_updates=False)
        return found

    def without_id_filter(self) -> Abilities:
        """After a list that ignored `issue_id=>=N`."""
        return replace(self, id_filter=False)

    def degraded(self) -> tuple[Text, ...]:
        """What works less well with this server, a sentence each; empty with a current one."""
        return tuple(sentence for name, sentence in _SENTENCES.items() if not getattr(self, name))


_SENTENCES: dict[str, Text] = {
    "status_is_closed": t(
        "チケットの完了は、ステータスの一覧から判断します（Redmine 5.0 より前）。",
        "whether a ticket is closed is read from the list of statuses (before Redmine 5.0).",
    ),
    "journal_updates": t(
        "注記の編集日時が分からないため、編集された注記は読み直しの順番が来たときに見つかります"
        "（Redmine 6.0 より前）。",
        "notes do not say when they were edited: an edit is found when its ticket's turn to be re-read comes"
        " (before Redmine 6.0).",
    ),
    "closed_projects": t(
        "終了したプロジェクトが一覧に出ないことがあります（Redmine 4.1 より前）。",
        "closed projects may be missing from the list of projects (before Redmine 4.1).",
    ),
    "enabled_modules": t(
        "プロジェクトの Wiki の有無が分からないため、すべてに尋ねます（Redmine 3.4 より前）。",
        "which projects have a wiki is not said: every one is asked (before Redmine 3.4).",
    ),
    "id_filter": t(
        "番号での絞り込みが効かないため、一覧を先頭から読みます。",
        "the filter by id is ignored: lists are read from their beginning.",
    ),
}
