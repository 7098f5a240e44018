"""What a checklist's history should be read as, told without its text: the model of tests/changes/test_ticks.py.

It keeps boxes as values, each with who turned it last, while a history is made. kb sees only the texts and authors.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

LEAD = "mori"
OTHERS = ("abe", "ueda")
ALIASES = {"sato": ("sato", "k.sato"), "ono": ("ono",), "kato": ("kato", "KATO")}


@dataclass(frozen=True)
class Box:
    """One box. `turned` is who turned it on: a name, "kb", "before" the history, "?" where nobody is seen to."""

    on: bool = False
    turned: str = ""


@dataclass(frozen=True)
class Line:
    """A line of the list with its two boxes. `copies` are ticked copies beside it; `sound`: it says what kb wrote."""

    id: str
    asked: str
    do: Box = Box()
    no: Box = Box()
    there: bool = True
    sound: bool = True
    copied: bool = False
    title: int = 0

    @property
    def readable(self) -> bool:
        return self.there and self.sound and not self.copied


@dataclass(frozen=True)
class Page:
    """A revision. `broken`: its marks are. `outside` are ids of ticked copies outside of the section.

    `rewritten`: kb wrote its section anew.
    """

    lines: tuple[Line, ...]
    author: str = "kb"
    by_kb: bool = True
    broken: bool = False
    outside: tuple[str, ...] = ()
    around: int = 0
    rewritten: bool = False


@dataclass
class History:
    """Revisions, oldest first."""

    pages: list[Page] = field(default_factory=list)


def make_history(seed: int) -> History:
    """Make one: up to six lines, up to twelve revisions, each by one person with one to four edits."""
    chance = random.Random(seed)  # noqa: S311
    people = tuple(ALIASES)
    lines = tuple(
        Line(f"{number:08x}", chance.choice(people), do=Box(on := chance.random() < 0.15, "before" if on else ""))
        for number in chance.sample(range(2**32), chance.randint(1, 6))
    )
    made = History([Page(lines)])
    for _ in range(chance.randint(0, 12)):
        made.pages.append(_next_page(made, chance))
    return made


def _next_page(made: History, chance: random.Random) -> Page:
    now = made.pages[-1]
    by_kb = chance.random() < 0.12
    author = chance.choice((*(name for names in ALIASES.values() for name in names), LEAD, *OTHERS))
    page = replace(now, author=author, by_kb=by_kb, rewritten=False)
    if by_kb:  # kb writes its section anew: what was broken or copied is whole again, and boxes are carried
        if chance.random() < 0.3:  # or somebody forged its message
            return _edited(page, now, chance)
        if now.broken:
            return page
        return replace(page, lines=tuple(_rewritten(line) for line in now.lines), rewritten=True)
    if chance.random() < 0.15:
        return _rolled_back(page, now, chance.choice(made.pages))
    for _ in range(chance.randint(1, 4)):
        page = _edited(page, now, chance)
    return page


def _rewritten(line: Line) -> Line:
    fresh = replace(line, there=True, sound=True, copied=False)
    if line.readable:
        return fresh
    if line.there and not line.copied:  # kb carries no box of a line it does not know
        return replace(fresh, do=Box(), no=Box())
    return replace(fresh, do=Box(), no=Box())


def _edited(page: Page, before: Page, chance: random.Random) -> Page:
    if page.broken and chance.random() < 0.6:
        return _settled(replace(page, broken=False), before)
    mine = [at for at, line in enumerate(page.lines) if page.author in ALIASES[line.asked]]
    at = chance.choice(mine) if mine and chance.random() < 0.6 else chance.randrange(len(page.lines))
    line = page.lines[at]
    what = chance.choices(
        ("do", "no", "title", "forge", "mend", "copy", "uncopy", "drop", "outside", "around", "break"),
        (40, 15, 4, 2, 4, 2, 4, 1, 5, 6, 1),
    )[0]
    if what == "outside":
        return replace(page, outside=(*page.outside, line.id))
    if what == "around":
        return replace(page, around=page.around + 1)
    if what == "break":
        return _settled(replace(page, broken=not page.broken), before)
    if what == "do":
        line = replace(line, do=Box(not line.do.on, "?"))
    elif what == "no":
        line = replace(line, no=Box(not line.no.on, "?"))
    elif what == "title":
        line = replace(line, title=line.title + 1)
    elif what in ("forge", "mend"):
        line = replace(line, sound=what == "mend")
    elif what in ("copy", "uncopy"):
        line = replace(line, copied=what == "copy")
    elif what == "drop":
        line = replace(line, there=False)
    return _settled(replace(page, lines=(*page.lines[:at], line, *page.lines[at + 1 :])), before)


def _rolled_back(page: Page, before: Page, old: Page) -> Page:
    return _settled(replace(old, author=page.author, by_kb=page.by_kb, rewritten=False), before)


def _settled(page: Page, before: Page) -> Page:
    """Say of every box who turned it, against the revision before; of what could not be read there, nobody."""
    lines = []
    for line, was in zip(page.lines, before.lines, strict=True):
        seen = was.readable and not before.broken
        lines.append(
            replace(
                line,
                do=_turn(line.do, was.do if seen else None, page),
                no=_turn(line.no, was.no if seen else None, page),
            )
        )
    return replace(page, lines=tuple(lines))


def _turn(box: Box, was: Box | None, page: Page) -> Box:
    if not box.on:
        return Box()
    if was is None:
        return Box(True, "carried" if page.by_kb else "?")
    if was.on:
        return was
    return Box(True, "kb" if page.by_kb else page.author)


def answers_of(made: History) -> dict[str, str]:
    """Return what each line's answer is, in the words of cases.toml."""
    last = made.pages[-1]
    return {line.id: "kept" if last.broken or not line.readable else _answer(line) for line in last.lines}


def _answer(line: Line) -> str:
    votes = {"yes": _vote(line.do, line.asked), "no": _vote(line.no, line.asked)}
    given = {word: vote for word, vote in votes.items() if vote}
    if len(given) != 1:
        return "open"
    ((word, vote),) = given.items()
    return {"own": word, "lead": f"{word} by lead", "kept": "kept"}[vote]


def _vote(box: Box, asked: str) -> str:
    if not box.on:
        return ""
    if box.turned in ("before", "carried"):
        return "kept"
    if box.turned.casefold() in {name.casefold() for name in ALIASES[asked]}:
        return "own"
    return "lead" if box.turned == LEAD else ""
