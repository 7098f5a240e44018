"""Keep what asks not to be told yet for whoever runs kb, until its day.

What a text asks is read when it is stored. A page of which one text asks for silence is private with all its texts, old
versions among them; `withheld` holds who may read each of them otherwise. From the day after its last one, or once
`[visibility] open` names it, it is what it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from kb import clock
from kb.mirror import versions
from kb.mirror.database import Database
from kb.model.document import RawDocId, Source, Visibility, doc_range
from kb.text.dates import parse_day
from kb.text.globs import matches_glob
from kb.text.lang import Text, count_noun, t
from kb.text.lines import decode

_TERMS_MARK = "embargo.terms"
_READER_MARK = "embargo.reader"
_OPEN = Visibility.MEMBERS
SEEN_BY = "coalesce((SELECT w.visibility FROM withheld w WHERE w.id = d.id), d.visibility)"
"""Who may read a document `d` as its source says, in SQL."""


@dataclass(frozen=True, slots=True)
class HeldPage:
    """A page that is withheld: the part and the line, from 1, that ask for it, and the last day, "" for none.

    Line 0 is the title. `shared` tells that anybody with its link reads it in esa all the same.
    """

    doc: RawDocId
    part: str
    line: int
    until: str
    shared: bool

    @property
    def words(self) -> Text:
        """Where it asks for silence and until when, without its words, as a line for whoever runs kb."""
        where = name_line(self.doc, self.part, self.line)
        until = t(f"{self.until} まで", f"until {self.until}") if self.until else t("人が決めるまで", "until told")
        shared = _SHARED if self.shared else t("", "")
        return t(
            f"{where.ja}に、まだ知らせないとあるようです。{until.ja}、kb を動かす人だけのものとして扱います。"
            f"{shared.ja}",
            f"{where.en} seems to ask for silence: {until.en}, it is for nobody but whoever runs kb.{shared.en}",
        )


_SHARED = t("esa では、共有リンクで誰でも読めます。", " In esa, anybody reads it with its sharing link.")
HOW_TO_OPEN = t(
    "全員が読んでよいものなら、kb.toml の [visibility] open に書いてください。",
    "if every member may read it, name it under [visibility] open in kb.toml.",
)


def name_line(doc: RawDocId, part: str, line: int) -> Text:
    """Return where a line is; line 0 is the title."""
    where = doc if part == "body" else f"{doc}#{part}"
    return t(f"{where}: {line} 行目", f"{where}: line {line}") if line else t(f"{where}: 題名", f"{where}: its title")


def open_terms(db: Database) -> tuple[str, tuple[str, ...]]:
    """Return the day and the globs of `[visibility] open` the mirror goes by; no day before the first sync."""
    written = db.value("SELECT value FROM marks WHERE name = ?", (_TERMS_MARK,))
    today, opened = json.loads(written) if written else ("", [])
    return today, tuple(opened)


def set_terms(db: Database, today: date, opened: Iterable[str]) -> None:
    """Set the day and the globs, and read what this version of the reader has not read yet."""
    from kb.text.versions import READER_VERSION  # half a second in a checkout

    terms = json.dumps([today.isoformat(), list(opened)], ensure_ascii=True)
    db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (_TERMS_MARK, terms))
    if db.value("SELECT value FROM marks WHERE name = ?", (_READER_MARK,)) == READER_VERSION:
        return
    rows = db.rows(
        "SELECT d.id, CASE d.part WHEN 'body' THEN d.title ELSE '' END, b.body, d.source, d.human_at, d.created_at "
        "FROM documents d JOIN bodies b USING (id) WHERE d.state = 'live'"
    )
    for here, title, body, source, human_at, created_at in rows:
        read_text(db, here, title, decode(body), created_at if source == Source.FILES else human_at or created_at)
    db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (_READER_MARK, READER_VERSION))


def read_text(db: Database, here: int, title: str, body: str, written: str) -> None:
    """Store what a text asks not to be told yet. What it asked before keeps the day that was read then.

    Days without a year are counted from the last edit, and every later edit would put them off by a year.
    """
    from kb.reading.phrases.embargo import find_embargoes  # only a sync reads texts

    known = dict(db.rows("SELECT said, until FROM embargoes WHERE id = ?", (here,)))
    if known:
        db.execute("DELETE FROM embargoes WHERE id = ?", (here,))
    for each in find_embargoes(f"{title}\n{body}", parse_day(written)):
        said = blake2b(each.words.encode(), digest_size=16).digest()
        until = known.get(said) or (each.until.isoformat() if each.until else "")
        db.execute("INSERT OR IGNORE INTO embargoes VALUES (?, ?, ?, ?)", (here, said, each.line - 1, until))


def is_withheld(db: Database, here: int) -> bool:
    """Whether a text is private because its page asks for it."""
    return db.row("SELECT 1 FROM withheld WHERE id = ?", (here,)) is not None


def forget_readers(db: Database, here: int) -> None:
    """Forget who may read a text otherwise: its source has just said so."""
    db.execute("DELETE FROM withheld WHERE id = ?", (here,))


def settle(db: Database) -> set[int]:
    """Withhold the pages that ask for it and give back those that no longer do; return the pages that changed."""
    changed, since = set(), clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    withheld = dict(db.rows("SELECT id, visibility FROM withheld"))
    held = {page for page, _ in _list_held(db)}
    for page in held:
        texts = db.rows(
            "SELECT id, visibility FROM documents WHERE (id = ? OR parent = ?) AND visibility >= ?",
            (page, page, _OPEN.value),
        )
        for here, seen_by in list(texts):
            if here not in withheld:
                changed.add(page)
            db.execute(
                "INSERT INTO withheld VALUES (?, ?, ?) ON CONFLICT(id) DO UPDATE SET visibility = excluded.visibility",
                (here, seen_by, since),
            )
            _show_to(db, here, Visibility.PRIVATE.value)
    for here, seen_by in withheld.items():
        page, shown_to = db.row("SELECT coalesce(parent, id), visibility FROM documents WHERE id = ?", (here,)) or (
            0,
            0,
        )
        if page not in held:
            changed.add(page)
            db.execute("DELETE FROM withheld WHERE id = ?", (here,))
            if shown_to == Visibility.PRIVATE:  # else its source has just said who may read it
                _show_to(db, here, seen_by)
    return changed


def _show_to(db: Database, here: int, visibility: int) -> None:
    db.execute("UPDATE documents SET visibility = ? WHERE id = ?", (visibility, here))
    versions.set_visibility(db, here, min(visibility, _OPEN.value))


def _list_held(db: Database) -> Iterator[tuple[int, HeldPage]]:
    """Yield what asks for silence today, with its page: first what a person has to end, then the latest day."""
    today, opened = open_terms(db)
    rows = db.rows(
        f"SELECT coalesce(d.parent, d.id), d.doc, d.part, e.line, e.until, {SEEN_BY} FROM embargoes e "  # noqa: S608
        "JOIN documents d USING (id) "
        "WHERE (e.until = '' OR e.until >= ?) AND (d.state = 'live' OR d.parent IS NULL) "
        "ORDER BY d.doc, e.until != '', e.until DESC, d.id, e.line",
        (today,),
    )
    for page, doc, part, line, until, seen_by in rows:
        if not any(matches_glob(each, doc) for each in opened):
            yield page, HeldPage(doc, part, line, until, seen_by == Visibility.INTERNET)


def list_held(db: Database, source: str = "") -> list[HeldPage]:
    """Return the withheld pages that are there, each once; of one source, by its name (`esa`, `files:minutes`)."""
    sql = "SELECT coalesce(d.parent, d.id) FROM withheld w JOIN documents d USING (id) WHERE d.state = 'live'"
    rows = db.rows(f"{sql} AND d.doc >= ? AND d.doc < ?", doc_range(source)) if source else db.rows(sql)
    withheld = {page for (page,) in rows}
    found: dict[int, HeldPage] = {}
    for page, each in _list_held(db):
        if page in withheld:
            found.setdefault(page, each)
    return list(found.values())


def count_held_between(db: Database, since: str, until: str) -> int:
    """Return how many pages are withheld and became so between two moments (UTC, ISO 8601, `Z`)."""
    sql = "SELECT count(DISTINCT coalesce(d.parent, d.id)) FROM withheld w JOIN documents d USING (id) "
    return int(db.value(f"{sql}WHERE w.since >= ? AND w.since <= ?", (since, until)))


MOST_NAMED = 20
"""Pages that are named one by one."""


def describe(db: Database, source: str = "") -> list[Text]:
    """Return which pages of a source, or of all, are withheld, and which are shared though stamped as confidential."""
    held = list_held(db, source)
    lines = [each.words for each in held[:MOST_NAMED]]
    if (more := len(held) - MOST_NAMED) > 0:
        lines.append(
            t(
                f"ほか {more:,} 件も、まだ知らせないとあるようなので、kb を動かす人だけのものとして扱います。",
                f"{count_noun(more, 'more page')} seem to ask for silence, and are for nobody but whoever runs kb.",
            )
        )
    return lines if source not in ("", "esa") else [*lines, *_list_shared_stamps(db)]


def _list_shared_stamps(db: Database) -> Iterator[Text]:
    """Yield which posts say that they are for the company alone while anybody with their link reads them."""
    from kb.reading.phrases.embargo import find_stamp

    rows = db.rows(
        "SELECT d.doc, d.title, b.body FROM documents d JOIN bodies b USING (id) "  # noqa: S608 - our own words
        f"WHERE d.state = 'live' AND d.parent IS NULL AND {SEEN_BY} = ? ORDER BY d.id",
        (Visibility.INTERNET.value,),
    )
    for doc, title, body in rows:
        if line := find_stamp(f"{title}\n{decode(body)}"):
            where = name_line(doc, "body", line - 1)
            yield t(
                f"{where.ja}に社外秘とありますが、esa の共有リンクで誰でも読めます。",
                f"{where.en} says it is confidential, and anybody reads it in esa with its sharing link.",
            )
