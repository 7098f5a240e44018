"""A plan brings the links along that lead to what it moves: proposed, decided, rehearsed, sent, taken back."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from changes.site import Site, opened
from servers import Row, Sandbox

from kb.execute.apply import prepare_apply
from kb.execute.preflight.link_changes import propose_link_changes
from kb.execute.run_control import ApplyOptions
from kb.mirror.database import Database
from kb.mirror.store import Mirror
from kb.model.plan import Change, SeenState, Verb
from kb.model.request import RequestPreview
from kb.plan.file.parse import parse_plan
from kb.plan.sections.block import render_block
from kb.settings.workspace import open_workspace
from kb.sources.esa.writes import EsaWrites, edit_json

LIST = "/#path=%2F旧運用%2F手順"


def post(number: int, category: str, body: str = "本文", **more: object) -> Row:
    return {"number": number, "name": f"記事 {number}", "category": category, "body_md": body, **more}


POSTS = [
    post(1, "旧運用/手順"),
    post(2, "旧運用/手順/DB", f"[上](..) と [一覧]({LIST})"),
    post(3, "案内", f"はじめに\r\n\r\n- [手順]({LIST})\r\n- [DB](/posts?q=on:旧運用/手順/DB)\r\n"),
    post(4, "Templates/案内", f"[手順]({LIST})\n\n```\n[手順]({LIST})\n```\n"),
    post(5, "Archived/案内", f"[手順]({LIST})"),
    {**post(6, "案内", f"[手順]({LIST})"), "name": "README"},
]  # fmt: skip


@pytest.fixture
def site(
    sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Site]:
    return lambda *rows: opened(sandbox("--profile", "nolimit", data=list(rows)), tmp_path, monkeypatch, capsys)


def moved(site: Callable[..., Site], *rows: Row, more: tuple[str, ...] = ()) -> Site:
    here = site(*(rows or POSTS))
    here.kb("plan", "move", "-o", "plan.toml", "--from", "旧運用/手順", "--to", "運用/手順", *more)
    return here


def changes(here: Site, kind: str = "links") -> list[dict[str, Any]]:
    return [
        each for each in tomllib.loads((here.folder / "plan.toml").read_text("utf-8"))["change"] if each["kind"] == kind
    ]


def bodies(here: Site) -> dict[int, str]:
    return {row["number"]: row["body_md"] for row in here.sandbox.dump("esa") if "number" in row}


def test_a_move_brings_its_links_along_and_undo_takes_all_of_it_back(site: Callable[..., Site]) -> None:
    here = moved(site)
    before = bodies(here)
    assert [
        (each["target"], each["before"]["link"], each["after"]["link"], each["seen"]["line"]) for each in changes(here)
    ] == [
        ("esa:2", "path=%2F旧運用%2F手順", "path=%2F運用%2F手順", 1),
        ("esa:3", "path=%2F旧運用%2F手順", "path=%2F運用%2F手順", 3),
        ("esa:3", "on:旧運用/手順/DB", "on:運用/手順/DB", 4),
        ("esa:4", "path=%2F旧運用%2F手順", "path=%2F運用%2F手順", 1),
        ("esa:5", "path=%2F旧運用%2F手順", "path=%2F運用%2F手順", 1),
        ("esa:6", "path=%2F旧運用%2F手順", "path=%2F運用%2F手順", 1),
    ]
    assert "コードの中の 1 か所は、そのままにします" in here.said
    here.kb("review", "plan.toml", "--accept", "all")
    rehearsed = here.apply("--rehearse")
    sent = here.apply("--yes")
    assert sent["done"] == rehearsed["done"] == 6
    new = LIST.replace("旧運用", "運用")
    assert bodies(here) == {
        number: text if number == 1 else text.replace(LIST, new, 1).replace("on:旧運用", "on:運用")
        for number, text in before.items()
    }
    assert here.post(2)["revision_number"] == 2
    assert here.undo("last")["done"] > 0
    assert bodies(here) == before


def decided(here: Site) -> None:
    here.kb("review", "plan.toml", "--accept", "all")


def edit_plan(here: Site, **wanted: str) -> None:
    """Turn off the changes whose block holds all of these words."""
    path = here.folder / "plan.toml"
    blocks = path.read_text("utf-8").split("\n[[change]]\n")
    blocks = [
        each.replace("accept = true", "accept = false") if all(word in each for word in wanted.values()) else each
        for each in blocks
    ]
    path.write_text("\n[[change]]\n".join(blocks), encoding="utf-8")


def test_each_place_can_be_refused_on_its_own(site: Callable[..., Site]) -> None:
    here = moved(site)
    edit_plan(here, target='target = "esa:3"', link="path=%2F旧運用")
    decided(here)
    listed = here.kb("review", "plan.toml", "--links")
    assert "  - esa:3:3 記事 3" in listed
    assert "[-旧-]運用" in listed
    assert "esa:3:3 記事 3\n" in listed.split("行き先を失います")[1]
    here.apply("--yes")
    assert bodies(here)[3] == POSTS[2]["body_md"].replace("on:旧運用", "on:運用")


def test_a_place_can_be_written_by_hand(site: Callable[..., Site]) -> None:
    here = moved(site)
    path = here.folder / "plan.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('after = {link = "on:運用/手順/DB"}', 'after = {link = "in:運用"}'), encoding="utf-8")
    decided(here)
    here.apply("--yes")
    assert "/posts?q=in:運用)" in bodies(here)[3]


def test_a_link_stays_where_what_it_follows_is_refused(site: Callable[..., Site]) -> None:
    here = moved(site)
    edit_plan(here, kind='kind = "move"')
    decided(here)
    done = here.apply("--yes", code=4)
    assert (done["done"], done["skipped"]) == (0, 6)
    assert bodies(here) == {row["number"]: row["body_md"] for row in POSTS}


def test_a_page_edited_since_keeps_its_text_and_still_moves(site: Callable[..., Site]) -> None:
    here = moved(site)
    decided(here)
    text = "先頭に足した行\n\n" + str(POSTS[1]["body_md"])
    here.sandbox.edit("esa", "update", number=2, fields={"body": text})
    done = here.apply("--yes", code=4)
    assert done["stale"] == 1
    assert (here.post(2)["body_md"], here.post(2)["category"]) == (text, "運用/手順/DB")
    here.kb("sync")
    here.kb("plan", "links", "-o", "plan.toml", "--force")
    decided(here)
    here.apply("--yes")
    assert here.post(2)["body_md"] == text.replace(LIST, LIST.replace("旧運用", "運用"))


def test_refresh_finds_links_again_and_those_written_since(site: Callable[..., Site]) -> None:
    here = moved(site)
    edit_plan(here, target='target = "esa:3"', link="on:旧運用")
    decided(here)
    text = f"足した行\n\n{POSTS[2]['body_md']}\n[もう 1 つ]({LIST})\n"
    here.sandbox.edit("esa", "update", number=3, fields={"body": text})
    here.kb("sync")
    here.kb("plan", "refresh", "plan.toml")
    mine = {each["seen"]["line"]: each for each in changes(here) if each["target"] == "esa:3"}
    assert [(line, each["accept"]) for line, each in sorted(mine.items())] == [(5, True), (6, False), (8, True)]
    assert "あとから見つかったもの" in mine[8]["group"]
    here.kb("review", "plan.toml", "--accept", "all")
    here.apply("--yes")
    assert bodies(here)[3] == text.replace(LIST, LIST.replace("旧運用", "運用"))


def test_code_follows_where_somebody_asks_for_it(site: Callable[..., Site]) -> None:
    here = moved(site, more=("--in-code",))
    assert [each["group"] for each in changes(here) if "コードの中" in each["group"]]
    decided(here)
    here.apply("--yes")
    assert LIST not in bodies(here)[4]
    here.undo("last")
    assert bodies(here)[4] == POSTS[3]["body_md"]


def test_a_secret_in_a_text_stays_there_and_is_shown_nowhere(site: Callable[..., Site]) -> None:
    value = "Momiji_" + "8841"
    text = f"DB_PASSWORD={value}\n\n[手順]({LIST})\n"
    here = moved(site, POSTS[0], post(7, "案内", text))
    decided(here)
    shown = here.kb("review", "plan.toml", "--links") + here.kb("apply", "plan.toml", "--rehearse") + here.said
    here.apply("--yes")
    assert bodies(here)[7] == text.replace(LIST, LIST.replace("旧運用", "運用"))
    here.undo("last")
    assert bodies(here)[7] == text
    kept = [path.read_text("utf-8") for path in (here.folder / ".kb" / "runs").glob("*.jsonl")]
    assert not any(value in each for each in (shown, (here.folder / "plan.toml").read_text("utf-8"), *kept))


def test_a_whole_category_moves_in_one_request_and_its_links_besides(site: Callable[..., Site]) -> None:
    rows = [post(n, "旧運用/手順", f"[手順]({LIST})" if n == 2 else "本文") for n in range(1, 6)]
    here = moved(site, *rows)
    decided(here)
    here.sandbox.reset(counters=True)
    done = here.apply("--yes", "--allow", "5")
    counted = here.counted()
    assert (done["done"], done["failed"]) == (5, 0)
    assert (counted["POST /categories/batch_move"], counted["PATCH /posts/{number}"]) == (1, 1)
    assert here.post(2)["category"] == "運用/手順"
    assert bodies(here)[2] == f"[手順]({LIST.replace('旧運用', '運用')})"
    here.undo("last")
    assert bodies(here) == {row["number"]: row["body_md"] for row in rows}
    assert {row["category"] for row in here.sandbox.dump("esa") if "number" in row} == {"旧運用/手順"}


def test_a_retitle_and_an_archive_bring_links_along_too(site: Callable[..., Site]) -> None:
    here = site(post(1, "運用", "[a](/運用/記事%202) [b](/#path=%2F古い)"), post(2, "運用"), post(3, "古い"))
    here.kb("plan", "retitle", "-o", "plan.toml", "--match", "記事 2", "--to", "A：B #2")
    assert [each["after"]["link"] for each in changes(here)] == ["/運用/A：B%20%232"]
    here.kb("plan", "archive", "--in", "古い", "-o", "plan.toml", "--force")
    assert [each["after"]["link"] for each in changes(here)] == ["path=%2FArchived%2F古い"]


def test_a_decision_survives_a_spreadsheet(site: Callable[..., Site]) -> None:
    here = moved(site)
    here.kb("plan", "to-csv", "plan.toml", "plan.csv")
    here.kb("plan", "from-csv", "plan.csv", "plan.toml")
    decided(here)
    assert here.apply("--yes")["done"] == 6


def test_an_edit_of_the_same_line_meanwhile_is_put_back_and_told(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = moved(site, POSTS[0], post(7, "案内", f"前\n[手順]({LIST})\n後\n"))
    decided(here)
    right, left = EsaWrites.update, [7]

    def meanwhile(self: EsaWrites, number: int, fields: dict[str, object], message: str) -> object:
        if number in left:
            left.remove(number)
            here.sandbox.edit("esa", "update", number=number, fields={"body": "前\n人の言葉\n後\n"})
        return right(self, number, fields, message)

    monkeypatch.setattr(EsaWrites, "update", meanwhile)
    assert here.apply("--yes", code=4)["failed"] == 1
    assert bodies(here)[7] == "前\n人の言葉\n後\n"
    assert "その人の版に戻しました" in here.said


def test_what_only_names_a_path_is_listed_and_stays(site: Callable[..., Site]) -> None:
    here = moved(site, *POSTS[:2], post(7, "案内", "手順は 旧運用/手順 に置く"), post(8, "案内", "`旧運用/手順`"))
    (here.folder / "kb.toml").write_text(
        '[esa]\nteam = "docs"\n\n[owners]\nfile = "OWNERS"\n\n[[plan.move]]\nfrom = "旧運用/手順"\nto = "運用"\n',
        "utf-8",
    )
    (here.folder / "OWNERS").write_text("旧運用/手順/DB @sato\n旧運用 @sato\n旧運用/手順書 @ono\n", encoding="utf-8")
    (here.folder / "diagrams").mkdir()
    (here.folder / "diagrams" / "system.toml").write_text('runbook = "/#path=/旧運用/手順"\n', encoding="utf-8")
    listed = here.kb("review", "plan.toml", "--links").split("* ")
    assert "1 か所（リンクではない" in listed[2].replace("\n", "")
    assert "esa:7:1 記事 7" in listed[2]
    assert listed[3].splitlines()[1:] == [
        "    kb.toml:8 旧運用/手順 → 運用/手順",
        "    OWNERS:1 旧運用/手順/DB → 運用/手順/DB",
        "    OWNERS:2 旧運用 → 運用",
        "    system.toml:1 旧運用/手順 → 運用/手順",
    ]


def test_a_link_stays_where_what_it_follows_did_not_move(site: Callable[..., Site]) -> None:
    here = moved(site, POSTS[0], post(2, "案内", f"[手順]({LIST})"))
    decided(here)
    here.sandbox.fault(system="esa", kind="409", times=1, path="/posts/1$", method="PATCH")
    done = here.apply("--yes", code=4)
    assert (done["done"], done["skipped"], done["stale"]) == (0, 1, 1)
    assert bodies(here)[2] == f"[手順]({LIST})"
    here.apply("--yes")
    assert here.post(1)["category"] == "運用/手順"
    assert bodies(here)[2] == f"[手順]({LIST.replace('旧運用', '運用')})"


def test_what_is_rehearsed_is_what_is_sent_request_by_request(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = moved(site)
    decided(here)
    plan = parse_plan((here.folder / "plan.toml").read_text("utf-8"), "plan.toml")
    rehearsed: list[RequestPreview] = []
    with prepare_apply(open_workspace(), plan, ApplyOptions(rehearse=True)) as ready:
        ready.rehearse(preview=rehearsed.append)
    sent: list[tuple[str, object]] = []
    right = EsaWrites.update

    def update(self: EsaWrites, number: int, fields: dict[str, object], message: str) -> object:
        sent.append((self.url(number), edit_json(fields, message)))
        return right(self, number, fields, message)

    monkeypatch.setattr(EsaWrites, "update", update)
    here.apply("--yes")
    assert sent == [(each.url, each.body) for each in rehearsed]
    assert len(sent) == 6


def test_what_kb_writes_itself_is_left_to_the_next_publishing(site: Callable[..., Site]) -> None:
    section = render_block("report", f"- [手順]({LIST})")
    here = moved(site, POSTS[0], post(2, "案内", f"[手順]({LIST})\n\n{section}\n"))
    assert [each["seen"]["line"] for each in changes(here)] == [1]
    decided(here)
    here.apply("--yes")
    assert section in bodies(here)[2]


def test_texts_are_read_once_whatever_number_of_links(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    right = Database.rows

    def rows(self: Database, sql: str, values: Any = ()) -> Any:
        reads.append(1)
        return right(self, sql, values)

    counts = []
    for factor in (1, 8):
        here = site(
            post(1, "旧運用/手順"), *(post(n, "案内", f"[手順]({LIST})\n" * 3) for n in range(2, 2 + 5 * factor))
        )
        with Mirror.open(here.folder / ".kb" / "mirror.db", readonly=True) as mirror:
            move = Change(
                Verb.MOVE,
                "esa:1",
                {"category": "旧運用/手順"},
                {"category": "運用"},
                SeenState("2026-01-01T00:00:00Z", 1),
            )
            monkeypatch.setattr(Database, "rows", rows)
            reads.clear()
            found = propose_link_changes(mirror, "docs", [move])
            monkeypatch.setattr(Database, "rows", right)
        counts.append(len(reads))
        assert len(found.changes) == 15 * factor
    assert counts[0] == counts[1]


def test_an_edit_of_other_lines_meanwhile_is_kept_beside_the_link(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"一\n二\n三\n[手順]({LIST})\n四\n五\n六\n"
    here = moved(site, POSTS[0], post(7, "案内", text))
    decided(here)
    right, left = EsaWrites.update, [7]

    def meanwhile(self: EsaWrites, number: int, fields: dict[str, object], message: str) -> object:
        if number in left:
            left.remove(number)
            here.sandbox.edit("esa", "update", number=number, fields={"body": text.replace("一", "人が直した一")})
        return right(self, number, fields, message)

    monkeypatch.setattr(EsaWrites, "update", meanwhile)
    assert here.apply("--yes")["done"] == 2
    assert bodies(here)[7] == text.replace("一", "人が直した一").replace("旧運用", "運用")


def test_links_follow_where_a_person_sends_what_moves(site: Callable[..., Site]) -> None:
    here = moved(site, POSTS[0], post(2, "案内", f"[手順]({LIST})"))
    path = here.folder / "plan.toml"
    text = path.read_text("utf-8")
    path.write_text(
        text.replace('after = {category = "運用/手順"}', 'after = {category = "別/場所"}'), encoding="utf-8"
    )
    decided(here)
    assert "  - esa:2:1" in here.kb("review", "plan.toml", "--links")
    here.kb("plan", "refresh", "plan.toml")
    assert [each["after"]["link"] for each in changes(here)] == ["path=%2F別%2F場所"]
    decided(here)
    here.apply("--yes")
    assert bodies(here)[2] == "[手順](/#path=%2F別%2F場所)"
