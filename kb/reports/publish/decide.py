"""Whether a section is to be written, and what changes in it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from kb.changes.bodies import section_value
from kb.changes.places import Place
from kb.changes.section import Section, block, differences, find
from kb.changes.written import Placed
from kb.errors import RefusedError
from kb.lang import t
from kb.secrets.shown import shown_text


@dataclass(frozen=True, slots=True)
class Decision:
    """What is written into a text; `stands` is the section as it is now.

    `hunks` are the lines that change, without secrets. `before` and `after` stand for the section (kb.changes.bodies).
    """

    name: str
    stands: Section | None
    block: str
    hunks: tuple[str, ...]
    before: str
    after: str

    @property
    def same(self) -> bool:
        """Whether it says that already."""
        return self.stands is not None and not self.stands.edited and self.before == self.after

    @property
    def edited(self) -> bool:
        """Whether a person edited what would be replaced."""
        return self.stands is not None and self.stands.edited

    @property
    def week(self) -> str:
        """The week that stands there, "" for none."""
        return self.stands.attributes.get("week", "") if self.stands else ""

    def placed(self, place: Place | None) -> Placed:
        """What is put into the text."""
        return Placed(self.name, self.block, place)


def edited(name: str, where: str) -> RefusedError:
    """Why a section that somebody edited is not replaced, and how to go on; `where` it stands."""
    return RefusedError(
        t(
            f"{where}の区画「kb:{name}」を、ほかの人が書き換えています。上書きしないように、何も書いていません。",
            f"somebody edited the section kb:{name} of {where}; nothing was written, so that nothing is lost.",
        ),
        t(
            "残したい内容を区画の外へ移し、区画（2 つの印とその間）を消してから、--insert を付けてやり直してください。",
            "move what should stay out of the section, delete it with both its marks, and run this with --insert.",
        ),
    )


def decide(name: str, content: str, present: str, week: str = "") -> Decision:
    """What a new content of the section comes to. Raises RefusedError where its marks are not right."""
    stands = find(present, name)
    made = block(name, content, {"week": week} if week else {})
    new = find(made, name)
    assert new is not None
    hunks = differences(shown_text(stands.content) if stands else "", shown_text(new.content))
    return Decision(name, stands, made, hunks, section_value(name, present), section_value(name, made))
