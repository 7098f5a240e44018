"""What is purged is gone from every file, stays known as a place, and comes back only with a new text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kb.errors import BusyError
from kb.ingest.document import ingest
from kb.mirror import database
from kb.mirror.documents import OldText, SourceRow
from kb.mirror.purge import is_common_word, purge_values, survey_values, vacuum
from kb.mirror.purged_texts import fold_positions, is_unlike_words
from kb.mirror.search import search
from kb.mirror.store import Mirror
from kb.mirror.writer import SyncStats
from kb.model.document import Kind, Markup, Source, Visibility
from kb.model.secret import SecretKind
from kb.sources.esa import rows as esa_rows
from kb.text.lines import encode

CORPUS = Path(__file__).parents[1] / "corpus" / "secrets" / "docs.jsonl"
KEY = b"k" * 32
BODY = "# 接続先\n\nホストは db-01 です。\n\nパスワードは「Tsuki-0412x」です。\n"
Make = Callable[..., dict[str, Any]]


def put(mirror: Mirror, *rows: SourceRow) -> dict[str, int]:
    stats = SyncStats()
    with mirror.write(stats) as writer:
        writer.put(rows)
    return stats.figures


def posts(mirror: Mirror, *sent: dict[str, Any]) -> dict[str, int]:
    return put(mirror, *esa_rows.rows_of_posts(sent))


def clean(mirror: Mirror) -> set[str]:
    """Purge; gives the telling values that were found."""
    found = survey_values(mirror, KEY)
    purge_values(mirror, found, KEY)
    vacuum(mirror)
    return found.telling


def body(mirror: Mirror, key: str = "1", kind: Kind = Kind.POST, source: Source = Source.ESA) -> str:
    stored = mirror.find(source, kind, key)
    assert stored is not None
    return stored.document.body


def holding(folder: Path, values: Iterable[str]) -> list[tuple[int, str]]:
    """Number of the value and name of the file for each value that a file holds in any form."""
    found = []
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for number, value in enumerate(sorted(values)):
        forms = {value, fold_positions(value), json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
        forms |= {" ".join(fold_positions(value).split())}
        found += [
            (number, path.name)
            for path, content in files.items()
            if any(encode(form) in content for form in forms if len(form) >= 6)
        ]
    return found


def documents() -> list[SourceRow]:
    rows = []
    for number, each in enumerate(map(json.loads, CORPUS.read_text("utf-8").splitlines()), 1):
        source = Source(each["source"])
        wiki = source is Source.REDMINE
        rows.append(
            SourceRow(
                source,
                Kind.WIKI if wiki else Kind.POST,
                f"infra/{each['id']}" if wiki else str(number),
                f"redmine:wiki:infra/{each['id']}" if wiki else f"esa:{number}",
                each["title"],
                each["body"],
                {"full_name": each["title"], "history": [{"old_value": each["body"]}], "text": each["body"]},
                markup=Markup.TEXTILE if wiki else Markup.MARKDOWN,
                updated_at="2026-08-02T00:00:00Z",
                versions=(OldText("revision:1", 1, each["body"]),),
            )
        )
    return rows


def test_no_file_holds_a_value_of_the_corpus_afterwards(mirror: Mirror, tmp_path: Path) -> None:
    rows = documents()
    put(mirror, *(replace(row, body=f"前の版\n{row.body}") for row in rows))
    put(mirror, *rows)  # what is overwritten stays in the file, in free pages and in the log
    with mirror.write() as writer:
        for number in (1, 2, 3):
            writer.mark_gone(number)
    values = {value for value in survey_values(mirror, KEY).values if is_unlike_words(value)}
    assert len(values) > 100
    assert holding(tmp_path, values)
    gone = clean(mirror)
    assert gone == values
    assert holding(tmp_path, values) == []
    mirror.close()
    assert holding(tmp_path, values) == []


def test_what_was_purged_stays_known_as_places(mirror: Mirror, post: Make) -> None:
    title = "踏み台のパスワード：Yama3kawa!"
    posts(mirror, post(1, BODY, name=title))
    stored = mirror.find(Source.ESA, Kind.POST, "1")
    assert stored is not None
    before = ingest(stored.document, stored.structure, KEY)
    assert [(each.kind, each.part) for each in before.secrets] == [
        (SecretKind.PASSWORD, "title"),
        (SecretKind.PASSWORD, ""),
    ]
    assert mirror.purged(stored.id) == ()
    clean(mirror)
    after = mirror.find(Source.ESA, Kind.POST, "1")
    assert after is not None
    assert after.document.body == before.document.body
    assert after.document.title == before.document.title
    assert after.structure == stored.structure
    assert sorted(mirror.purged(stored.id), key=str) == sorted(before.secrets, key=str)
    assert all(each.value_id and each.content for each in mirror.purged(stored.id))
    assert ingest(after.document, after.structure, KEY).secrets == ()


def test_a_sync_that_brings_the_same_page_changes_nothing(mirror: Mirror, post: Make, comment: Make) -> None:
    page = post(1, BODY, comments=[comment(91, "パスワードは「Hoshi_5531」に戻しました。")])
    posts(mirror, page)
    clean(mirror)
    places = mirror.purged(1), mirror.purged(2)
    assert posts(mirror, page) == {"added": 0, "changed": 0, "deleted": 0}
    assert body(mirror) == BODY.replace("Tsuki-0412x", "*" * 11)
    assert (mirror.purged(1), mirror.purged(2)) == places
    assert all(places)


def test_raw_json_that_moves_is_kept_covered(mirror: Mirror, post: Make, tmp_path: Path) -> None:
    page = post(1, BODY, message="PW: Tsuki-0412x に変更", stargazers_count=1)
    posts(mirror, page)
    values = clean(mirror)
    posts(mirror, {**page, "stargazers_count": 2, "watchers": ["sato"]})
    assert mirror.raw(1)["stargazers_count"] == 2
    assert mirror.raw(1)["message"] == "PW: *********** に変更"
    assert mirror.purged(1)
    vacuum(mirror)
    assert holding(tmp_path, values) == []


@pytest.mark.parametrize(
    "edit",
    [
        {"body_md": BODY + "追記", "updated_at": "2026-08-03T09:00:00+09:00", "revision_number": 2},
        {"body_md": BODY.replace("Tsuki-0412x", "Kumo-9921yy"), "revision_number": 2},  # as long as the other
        {"body_md": BODY.replace("「Tsuki-0412x」です", "1Password を見てください")},  # quietly
        {"body_md": BODY.replace("Tsuki-0412x", "*" * 11)},  # quietly, and just as kb covers it
    ],
)
def test_a_page_that_changed_is_written_anew(mirror: Mirror, post: Make, edit: dict[str, Any]) -> None:
    posts(mirror, post(1, BODY))
    clean(mirror)
    posts(mirror, post(1, **{"body_md": BODY, **edit}))
    assert body(mirror) == edit["body_md"]
    assert mirror.purged(1) == ()


def test_a_page_that_only_moved_keeps_what_it_lacks(mirror: Mirror, post: Make) -> None:
    posts(mirror, post(1, BODY))
    clean(mirror)
    posts(mirror, post(1, BODY, category="運用/古い手順"))
    assert "Tsuki" not in body(mirror)
    assert mirror.purged(1)


def test_an_older_answer_says_nothing_new(mirror: Mirror, post: Make) -> None:
    posts(mirror, post(1, BODY, revision_number=5))
    clean(mirror)
    posts(mirror, post(1, "古い本文", revision_number=4))
    assert mirror.purged(1)


def test_a_value_goes_from_wherever_it_stands(mirror: Mirror, post: Make, comment: Make, tmp_path: Path) -> None:
    posts(
        mirror,
        post(1, BODY),
        post(
            2, "朝会の記録。ＴＳＵＫＩ-０４１２Ｘ の件、済み。", comments=[comment(92, "tsuki-0412xさん、了解です。")]
        ),
        post(3, "関係のない記事"),
    )
    found = survey_values(mirror, KEY)
    assert (found.found, len(found.besides), found.places) == ({1}, 1, 1)
    values = clean(mirror)
    assert holding(tmp_path, values) == []
    assert body(mirror, "2").startswith("朝会の記録。＊")
    assert body(mirror, "3") == "関係のない記事"
    assert mirror.purged(2) == ()
    posts(mirror, post(2, "朝会の記録。ＴＳＵＫＩ-０４１２Ｘ の件、済み。"))
    assert body(mirror, "2").startswith("朝会の記録。＊")


def test_a_word_of_the_team_s_goes_only_from_its_page(mirror: Mirror, post: Make) -> None:
    posts(mirror, post(1, "パスワードは「adsvweb03」です。"), *(post(n, "adsvweb03 を見る") for n in range(2, 8)))
    found = survey_values(mirror, KEY)
    assert (found.found, found.besides, found.telling) == ({1}, set(), set())
    clean(mirror)
    assert "adsvweb" not in body(mirror)
    assert body(mirror, "2") == "adsvweb03 を見る"


@pytest.mark.parametrize(("told", "besides", "common"), [(1, 5, False), (1, 6, True), (54, 6, False), (2, 9, True)])
def test_what_stands_on_many_more_pages_than_it_was_found_on_is_common(told: int, besides: int, common: bool) -> None:
    assert is_common_word(told, besides) is common


def test_search_forgets_the_value_and_nothing_else(mirror: Mirror, post: Make) -> None:
    posts(mirror, post(1, BODY))
    assert search(mirror, "Tsuki-0412x").total == 1
    clean(mirror)
    for use_index in (True, False):
        assert search(mirror, "Tsuki-0412x", use_index=use_index).total == 0
        assert search(mirror, "db-01", use_index=use_index).total == 1


def ticket(olds: tuple[OldText, ...]) -> SourceRow:
    return SourceRow(
        Source.REDMINE, Kind.TICKET, "45", "redmine:45", "接続", "いまは 1Password にあります。", {},
        updated_at="2026-08-02T00:00:00Z", versions=olds,
    )  # fmt: skip


def test_old_versions_are_purged_and_known(mirror: Mirror, tmp_path: Path) -> None:
    olds = (OldText("journal:7:old", 7, BODY, visibility=Visibility.MEMBERS), OldText("journal:5:old", 5, "何もない"))
    put(mirror, ticket(olds))
    found = survey_values(mirror, KEY)
    assert (found.places, found.olds) == (1, 1)
    values = clean(mirror)
    assert holding(tmp_path, values) == []
    (place,) = mirror.purged(1, "journal:7:old")
    assert (place.part, place.span.line) == ("journal:7:old", 5)
    assert mirror.purged(1) == ()
    put(mirror, ticket(olds))  # a ticket brings its old values each time
    vacuum(mirror)
    assert holding(tmp_path, values) == []
    assert mirror.purged(1, "journal:7:old") == (place,)
    put(mirror, ticket((OldText("journal:7:old", 7, BODY + "別のこと"), olds[1])))
    assert mirror.purged(1, "journal:7:old") == ()
    clean(mirror)
    put(mirror, ticket(olds[1:]))
    assert mirror.purged(1, "journal:7:old") == ()


def test_an_attachment_that_is_read_again_stays_covered(mirror: Mirror) -> None:
    attached = SourceRow(
        Source.REDMINE, Kind.ATTACHMENT, "8", "redmine:45", "my.cnf", "", {}, part="attachment:my.cnf",
        parent=(Kind.TICKET, "45"), updated_at="2026-08-02T00:00:00Z", body_apart=True,
    )  # fmt: skip
    text = "[client]\npassword=Tsuki-0412x\n"

    def bring(text: str) -> None:
        put(mirror, ticket(()), attached)
        with mirror.write() as writer:
            writer.content(2, text)

    bring(text)
    clean(mirror)
    for _ in range(2):
        bring(text)
        assert "Tsuki" not in body(mirror, "8", Kind.ATTACHMENT, Source.REDMINE)
        assert mirror.purged(2)
    bring("[client]\npassword=${DB_PASSWORD}\n")
    assert mirror.purged(2) == ()


def test_a_second_purge_finds_nothing(mirror: Mirror, post: Make) -> None:
    posts(mirror, post(1, BODY))
    clean(mirror)
    found = survey_values(mirror, KEY)
    assert (found.values, found.found, found.places) == (set(), set(), 0)


def test_the_hash_is_that_of_what_is_left(mirror: Mirror, post: Make) -> None:
    posts(mirror, post(1, BODY))
    before = dict(mirror.hashes())
    clean(mirror)
    after = dict(mirror.hashes())
    assert before != after
    posts(mirror, post(1, BODY))
    assert dict(mirror.hashes()) == after


def test_what_is_called_by_a_value_is_counted(mirror: Mirror) -> None:
    title = "踏み台のパスワード：Yama3kawa!"
    put(
        mirror, SourceRow(Source.REDMINE, Kind.WIKI, f"infra/{title}", f"redmine:wiki:infra/{title}", title, "本文", {})
    )
    assert survey_values(mirror, KEY).called == 1


def test_a_reader_in_between_is_told_of(
    mirror: Mirror, post: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts(mirror, *(post(number, BODY) for number in range(1, 9)))
    mirror.close()
    monkeypatch.setattr(database, "BUSY_WAIT_S", 0.05)
    with Mirror.open(tmp_path / ".kb" / "mirror.db") as again, Mirror.open(again.database.path, readonly=True) as other:
        reading = other.documents()
        next(reading)
        found = survey_values(again, KEY)
        purge_values(again, found, KEY)
        with pytest.raises(BusyError, match="ログに残っています"):
            vacuum(again)
        reading.close()
        vacuum(again)
        assert holding(tmp_path, found.telling) == []


def test_names_of_states_are_purged_too(mirror: Mirror) -> None:
    with mirror.write() as writer:
        writer.things(Source.REDMINE, "status", {"1": {"name": "パスワード: Tsuki-0412x"}, "2": {"name": "完了"}})
    clean(mirror)
    names = [row["name"] for row in mirror.things(Source.REDMINE, "status").values()]
    assert names == ["パスワード: ***********", "完了"]


@pytest.mark.parametrize("write", ["Kb%239x%21", "Kb&#35;9x!", "kb&#x23;9X&excl;", "Kb&#35;9x%21", "Kb%26%2335%3B9x!"])
def test_escaped_copies_go_too_on_this_page_and_on_others(mirror: Mirror, post: Make, write: str) -> None:
    value = "Kb#9x!" + "Tsuki"
    copy = f"[入る](https://ftp.example.jp/?next={write}Tsuki&x=1)"
    posts(
        mirror,
        post(1, f"DB のパスワードは「{value}」です。\n{copy}\n"),
        post(2, f"手順\n\n{copy} から\n"),
    )
    clean(mirror)
    for number in ("1", "2"):
        assert "Tsuki" not in body(mirror, number)
        assert "x=1" in body(mirror, number)
