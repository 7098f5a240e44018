"""A state file: what it holds, what it gives back, and what is refused that somebody else wrote."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import InputError, RefusedError
from kb.mirror.database import Database
from kb.mirror.documents import SourceRow as Document
from kb.mirror.history.state import open_state_db
from kb.mirror.store import Mirror
from kb.mirror.transfer import file as files
from kb.mirror.transfer.records import AnyLine, EndLine, HeadLine, JudgeLine, NameSeal, StateFindingLine
from kb.mirror.transfer.state_export import state_head, state_lines
from kb.mirror.transfer.state_import import ImportResult, import_state
from kb.model.document import Kind, Source, Visibility

KEY, KEY_ID = b"k" * 32, "0123abcd"
SEAL = NameSeal(KEY)
NOW = datetime(2026, 11, 25, tzinfo=UTC)
DOCS = (
    (Source.ESA, Kind.POST, "1", "esa:1", "body", Visibility.MEMBERS),
    (Source.ESA, Kind.POST, "2", "esa:2", "body", Visibility.LIMITED),
    (Source.REDMINE, Kind.WIKI, "infra/社長の手帳", "redmine:infra/社長の手帳", "body", Visibility.MEMBERS),
    (Source.FILES, Kind.FILE, "memo/秘密の会議.md", "files:memo/秘密の会議.md", "body", Visibility.MEMBERS),
)


def fingerprint(number: int) -> str:
    return hashlib.blake2b(b"%d" % number, digest_size=16).hexdigest()


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    with Mirror.open(tmp_path / ".kb" / "mirror.db") as opened:
        with opened.write() as write:
            write.put(
                Document(source, kind, key, doc, "題名", "本文", {}, part=part, visibility=visibility, number=None)
                for source, kind, key, doc, part, visibility in DOCS
            )
        yield opened


def remembering(path: Path, at: str = "2026-11-20T00:00:00Z", **changed: Any) -> Database:
    """A state.db with a finding on each of DOCS."""
    state = open_state_db(path)
    for number, (*_, doc, part, _) in enumerate(DOCS):
        row = {
            "fingerprint": fingerprint(number),
            "doc": doc,
            "part": part,
            "code": "INC402",
            "content": fingerprint(number + 100),
            "first_at": at,
            "first_why": "page",
            **changed,
        }
        with state.transaction():
            state.execute(
                f"INSERT INTO findings({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",  # noqa: S608
                tuple(row.values()),
            )
            state.execute(
                "INSERT INTO events(at, seen, came, why, fingerprint, doc, part, code) "
                "VALUES (?, ?, 1, 'page', ?, ?, ?, 'INC402')",
                (at, at, row["fingerprint"], doc, part),
            )
    with state.transaction():
        state.execute("INSERT INTO tellings VALUES (?)", (at,))
        state.executemany(
            "INSERT INTO judges VALUES (?, ?)", [("rule:INC402", "3"), ("source:files:memo", ""), ("source:esa", "")]
        )
        state.execute(
            "INSERT INTO runs(command, started_at, ended_at, exit_code, figures) VALUES ('sync', ?, ?, 0, ?)",
            (at, at, json.dumps({"esa": {"added": 3}})),
        )
        state.execute("INSERT INTO start VALUES (?, ?)", (at, at))
        state.executemany(
            "INSERT INTO start_measures VALUES (?, ?, ?, ?)",
            [(fingerprint(200 + n), doc, part, at if n else "") for n, (*_, doc, part, _) in enumerate(DOCS)],
        )
        evidence = " ".join(sorted(map(fingerprint, (400, 401))))
        state.executemany(
            "INSERT INTO shown_tasks VALUES ('2026-W47', ?, ?, ?, 2, ?)",
            [
                ("", fingerprint(300), 0, evidence),
                (fingerprint(500), fingerprint(301), 1, ""),
                (fingerprint(501), "", 0, ""),
            ],
        )
    return state


def told(state: Database) -> dict[str, list[Any]]:
    """All that a state.db remembers."""
    queries = {
        "findings": "SELECT * FROM findings ORDER BY fingerprint",
        "judges": "SELECT * FROM judges ORDER BY name",
        "runs": "SELECT command, started_at, ended_at, exit_code, figures FROM runs ORDER BY id",
        "events": "SELECT at, seen, came, why, fingerprint, doc, part, code FROM events ORDER BY fingerprint, at",
        "tellings": "SELECT * FROM tellings ORDER BY at",
        "start": "SELECT * FROM start",
        "start_measures": "SELECT * FROM start_measures ORDER BY fingerprint",
        "shown_tasks": "SELECT * FROM shown_tasks ORDER BY week, scope, place",
    }
    return {name: list(state.rows(sql)) for name, sql in queries.items()}


def written(path: Path, state: Database, mirror: Mirror) -> Path:
    files.write_state_file(path, state_head(state, KEY_ID, "1.0", NOW), state_lines(state, mirror.database, SEAL), SEAL)
    return path


def taken(path: Path, state: Database, mirror: Mirror) -> ImportResult:
    return import_state(state, mirror.database, files.read_state_file(path, KEY_ID, SEAL), SEAL)


@given(st.binary(min_size=16, max_size=16))
def test_a_hash_comes_back_with_the_key_and_with_no_other(digest: bytes) -> None:
    sealed = SEAL.close(digest.hex())
    assert SEAL.open(sealed) == digest.hex()
    assert NameSeal(b"x" * 32).open(sealed) != digest.hex()


def test_what_is_carried_comes_back_the_same(tmp_path: Path, mirror: Mirror) -> None:
    with closing(remembering(tmp_path / "a.db")) as here, closing(open_state_db(tmp_path / "b.db")) as there:
        for name in ("s.jsonl", "s.jsonl.gz"):
            path = written(tmp_path / name, here, mirror)
            assert path.stat().st_mode & 0o777 == 0o600
        assert taken(tmp_path / "s.jsonl.gz", there, mirror) == ImportResult(4, 4, 1, 0)
        assert told(there) == told(here)
        assert taken(tmp_path / "s.jsonl", there, mirror) == ImportResult(0, 4, 0, 0)
        assert told(there) == told(here)


def test_no_name_and_no_unkeyed_hash_stands_in_the_file(tmp_path: Path, mirror: Mirror) -> None:
    with closing(remembering(tmp_path / "a.db")) as here:
        text = written(tmp_path / "s.jsonl", here, mirror).read_text("utf-8")
    assert text.isascii()
    assert not re.search("手帳|会議|memo|infra|題名|本文|esa:2", text)
    assert not [number for number in (*range(4), 100, 101, *range(200, 502)) if fingerprint(number) in text]
    docs = [json.loads(line).get("doc") for line in text.splitlines()]
    assert [doc for doc in docs if doc] == ["esa:1"] * 3  # the finding, that it came, and what was open at the start


def test_a_document_that_is_not_here_has_no_name_and_gets_it_back_elsewhere(tmp_path: Path, mirror: Mirror) -> None:
    with (
        closing(remembering(tmp_path / "a.db")) as here,
        Mirror.open(tmp_path / "other" / "mirror.db") as bare,
        closing(open_state_db(tmp_path / "b.db")) as there,
        closing(open_state_db(tmp_path / "c.db")) as back,
    ):
        assert taken(written(tmp_path / "s.jsonl", here, mirror), there, bare).placeless == 3
        names = {row[1] for row in told(there)["findings"]}
        assert "esa:1" in names
        assert all(re.fullmatch(r"esa:1|(?:esa|redmine|files~\w{32}):~[0-9a-f]{32}", name) for name in names)
        assert taken(written(tmp_path / "t.jsonl", there, bare), back, mirror).placeless == 0
        assert told(back) == told(here)


def test_an_older_history_is_brought_up_to_date_and_keeps_when_it_saw_things_first(
    tmp_path: Path, mirror: Mirror
) -> None:
    with (
        closing(remembering(tmp_path / "a.db", gone_at="2026-11-22T00:00:00Z", gone_why="page")) as here,
        closing(remembering(tmp_path / "b.db", "2026-11-10T00:00:00Z")) as older,
    ):
        with here.transaction():
            here.execute("INSERT INTO tellings VALUES ('2026-11-22T00:00:00Z')")
        assert told(here)["start"] == [("2026-11-20T00:00:00Z",) * 2]
        assert taken(written(tmp_path / "s.jsonl", here, mirror), older, mirror).taken == 4
        rows, start = told(older)["findings"], told(older)["start"]
    assert start == [("2026-11-10T00:00:00Z",) * 2]
    assert {(row[5], row[8]) for row in rows} == {("2026-11-10T00:00:00Z", "2026-11-22T00:00:00Z")}


def test_a_newer_history_is_not_put_back(tmp_path: Path, mirror: Mirror) -> None:
    with (
        closing(remembering(tmp_path / "a.db")) as here,
        closing(remembering(tmp_path / "b.db", "2026-11-24T00:00:00Z")) as newer,
    ):
        path, before = written(tmp_path / "s.jsonl", here, mirror), told(newer)
        with pytest.raises(InputError, match="より新しい"):
            taken(path, newer, mirror)
        assert told(newer) == before


def _forged(path: Path, rows: list[bytes], *, key: str = KEY_ID, form: object = 1) -> Path:
    """A file whose lines may be anything, marked with the key."""
    first = json.dumps({"type": "kb-state", "format": form, "key": key, "made": "2026-11-25T00:00:00Z", "kb": "1"})
    body = b"".join(line + b"\n" for line in (first.encode(), *rows))
    count = body.count(b"\n")
    end = {"type": "end", "lines": count, "mark": SEAL.mark(hashlib.sha256(body).digest())}
    path.write_bytes(body + json.dumps(end).encode() + b"\n")
    return path


def _finding(**changed: object) -> bytes:
    row = {"fingerprint": "0" * 32, "code": "INC402", "first_at": "2026-11-20T00:00:00Z", "first_why": "page"}
    return json.dumps({"type": "finding", **row, "doc": "esa:1", "part": "body", **changed}).encode()


def test_what_the_key_marked_is_read(tmp_path: Path) -> None:
    assert len(files.read_state_file(_forged(tmp_path / "s", [_finding()]), KEY_ID, SEAL).rows) == 1


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[" * 5000,
        b"\xff\xfe",
        b"null",
        b'{"type": "finding"}',
        b'{"type": "text", "body": "x"}',
        _finding(doc="esa:1/../x"),
        _finding(doc="redmine:\u624b\u5e33"),
        _finding(code="INC402\n"),
        _finding(code="\x1b[31m"),
        _finding(first_at="yesterday"),
        _finding(first_at=5),
        _finding(first_why="because"),
        _finding(gone_why="\u202e"),
        _finding(counted=3),
        _finding(counted=True),
        _finding(title="x"),
        _finding(part="attachment:a.txt"),
        b'{"type": "start", "at": "2026-11-20"}',
        b'{"type": "start-measure", "fingerprint": "x", "doc": "esa:1", "part": "body"}',
        b'{"type": "shown-task", "week": "W47", "key": "%s", "place": 0, "visibility": 2}' % (b"0" * 32),
        b'{"type": "judge", "name": "source:files:memo"}',
        b'{"type": "run", "command": "sync", "started": "2026-11-20T00:00:00Z", "ended": "2026-11-20T00:00:00Z", '
        b'"code": 0, "figures": {"esa": {"added": "x"}}}',
        b'{"type": "run", "command": "rm -rf", "started": "2026-11-20T00:00:00Z", "ended": "2026-11-20T00:00:00Z", '
        b'"code": 0}',
        b'{"type": "kb-state", "format": 1}',
        b" " * (files.MAX_LINE_BYTES + 1),
    ],
)
def test_a_line_of_another_kind_is_refused_with_its_number(tmp_path: Path, line: bytes) -> None:
    with pytest.raises(InputError) as caught:
        files.read_state_file(_forged(tmp_path / "s", [line]), KEY_ID, SEAL)
    assert "2 行目" in str(caught.value)
    assert str(caught.value).isprintable()


def test_without_the_key_nothing_can_be_written_that_is_read(tmp_path: Path, mirror: Mirror) -> None:
    with closing(remembering(tmp_path / "a.db")) as here:
        good = written(tmp_path / "s.jsonl", here, mirror).read_bytes()
    cut = good[: good.rindex(b"\n", 0, -1) + 1]
    cases = {
        "変わって": [
            good.replace(b"INC402", b"INC401", 1),
            good + b"\n",
            good.replace(b'"type":"telling"', b'"type" :"telling"'),
            b"\n".join([*good.splitlines()[:3], *good.splitlines()[4:], b""]),
        ],
        "切れて": [cut, gzip.compress(good)[:-9], gzip.compress(good)[:40]],
        "状態のファイルでは": [
            b"SQLite format 3\0",
            b"{}\n",
            b"[1]\n",
            b"\n" + good,
            b'{"type":"kb-state","format":true}\n',
        ],
        "空です": [b""],
    }
    for why, contents in cases.items():
        for content in contents:
            (tmp_path / "bad").write_bytes(content)
            with pytest.raises(InputError, match=why):
                files.read_state_file(tmp_path / "bad", KEY_ID, SEAL)


def test_another_key_and_a_newer_format_say_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="別の鍵（0000aaaa）"):
        files.read_state_file(_forged(tmp_path / "s", [], key="0000aaaa"), KEY_ID, SEAL)
    with pytest.raises(InputError, match="新しい kb"):
        files.read_state_file(_forged(tmp_path / "s", [b"anything"], form=3), KEY_ID, SEAL)


def test_a_small_file_that_unpacks_to_a_huge_one_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 1 << 20)
    plain = _forged(tmp_path / "s", [_finding() for _ in range(9000)]).read_bytes()
    (tmp_path / "s.gz").write_bytes(gzip.compress(plain))
    assert (tmp_path / "s.gz").stat().st_size < 1 << 17
    with pytest.raises(InputError, match="大きすぎます"):
        files.read_state_file(tmp_path / "s.gz", KEY_ID, SEAL)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_a_sentence(tmp_path: Path, make: Any) -> None:
    make(tmp_path / "odd")
    with pytest.raises(InputError):
        files.read_state_file(tmp_path / "odd", KEY_ID, SEAL)
    with pytest.raises(InputError, match="がありません"):
        files.read_state_file(tmp_path / "none", KEY_ID, SEAL)


def test_a_rule_with_a_name_of_its_own_stays_at_home(tmp_path: Path, mirror: Mirror) -> None:
    with closing(remembering(tmp_path / "a.db", code="hunter2 です")) as here:
        found: list[AnyLine] = list(state_lines(here, mirror.database, SEAL))
    assert [row for row in found if isinstance(row, StateFindingLine)] == []
    assert [row for row in found if isinstance(row, JudgeLine)] != []
    assert {type(row) for row in found} & {HeadLine, EndLine} == set()


@pytest.mark.parametrize("content", [b'[esa]\nteam = "docs"\n', gzip.compress(b"notes", mtime=0), b"\x1f\x8bcut"])
def test_a_file_that_is_something_else_is_not_written_over(tmp_path: Path, mirror: Mirror, content: bytes) -> None:
    path = tmp_path / "kb.toml"
    path.write_bytes(content)
    with closing(remembering(tmp_path / "state.db")) as state:
        with pytest.raises(RefusedError, match="上書きしません"):
            written(path, state, mirror)
        assert path.read_bytes() == content
        for name in ("s.jsonl", "s.gz"):
            first = written(tmp_path / name, state, mirror).read_bytes()
            assert written(tmp_path / name, state, mirror).read_bytes() == first
