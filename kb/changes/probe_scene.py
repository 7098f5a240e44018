"""The posts of a probe, and what has come of its requests so far. Pure.

Four posts are made, called A to D until they have a number, all in one place of the caller's own:

    A  place             WIP      its fields are changed, and it is rolled back
    B  place/from        shipped  moves with its category
    C  place/to          WIP      is updated with what stands there, and lies where the category goes
    D  place/from/inner  WIP      is commented on, its text edited twice at once, and moves along
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kb.sources.call import Row

LETTERS = "ABCD"
TITLES = {"A": "確認用 A &#47; &#35;1", "B": "確認用 B", "C": "確認用 C", "D": "確認用 D"}
"""As they are sent: the entities keep `/` and ` #` in a title from being read (esa API v1, names)."""

WITHIN = {"A": "", "B": "/from", "C": "/to", "D": "/from/inner"}

LINES = ("kb doctor --probe が esa のふるまいを確かめるために作りました。", "2 行目", "終わるとアーカイブされます。")
FIRST, SECOND = "2 行目（先の編集）", "2 行目（後の編集）"

UNUSED = 900_000_000
"""Above a number seen just now: that of a post which is certainly not there."""

ARCHIVE = "Archived"


@dataclass(frozen=True, slots=True)
class Got:
    """What came of one step: the answer's status and JSON, and when it was there, in seconds of any clock."""

    status: int
    data: Any = field(repr=False)
    at: float = 0.0


@dataclass(slots=True)
class Scene:
    """One probe as far as it came: `made` are the posts as they were made, `posts` as they stand now, by letter.

    `hidden` is the number of a post this token was refused before, 0 when none is known.
    """

    team: str
    run: str
    me: str
    place: str
    hidden: int = 0
    made: dict[str, Row] = field(default_factory=dict)
    posts: dict[str, Row] = field(default_factory=dict)
    got: dict[str, Got] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """What every write says of itself."""
        return f"kb {self.run} probe [skip notice]"

    @property
    def has_archive(self) -> bool:
        """Whether the archive call did what it is there for."""
        first = self.got.get("archive A")
        return first is None or first.status == 200

    def number(self, letter: str) -> int:
        """The number of a post that was made."""
        return int(self.made[letter]["number"])

    def rows(self, step: str) -> list[Row]:
        """The posts a list answered with; none when it did not."""
        got = self.got.get(step)
        found = got.data.get("posts") if got is not None and got.status == 200 and isinstance(got.data, dict) else None
        rows = found if isinstance(found, list) else []
        return [row for row in rows if isinstance(row, dict) and type(row.get("number")) is int]


def body(second: str) -> str:
    """The text of the posts, with this second line."""
    return "\n".join((LINES[0], second, LINES[2])) + "\n"
