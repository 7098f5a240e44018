"""The exact words of plan, review, apply, history and undo, in both languages, as a colleague on call meets them.

`words.md` is made from real runs; a change of wording changes it, and is read in review:
`KB_UPDATE_GOLDEN=1 pytest tests/demo/test_words.py`.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from changes.site import Site, opened
from sample_rows import ticket
from servers import Row, Sandbox

from kb.cli.app import run
from kb.text import lang

WORDS = Path(__file__).with_name("words.md")
WIDEST = 80

PAGE = """## 影響
2025/04/18 の 09:40 から 10:05 まで、新規登録 62 件で番号が空になった。

## 原因
番号の表の残りが 0 件になった。残数を知らせる仕組みがなかった。

## 対応
番号を 20 万件補充した。

## 再発防止
- [{done}] 残数が 1 万件を切ったら通知する（担当: 佐藤、2025/05/20）
"""
STATUSES = ((1, "新規"), (2, "進行中"), (3, "解決"), (5, "終了"))


def team() -> list[Row]:
    """Three incident pages, runbooks for a run that begins with the first few, and tickets: one cannot be closed."""
    pages = [
        (1, "番号が空になった", "x"),
        (2, "[完了] 登録が 2 度届いた", "x"),
        (3, "【完了】表が止まった", " "),
    ]
    incidents = [
        {"number": number, "name": name, "category": "不具合共有/2025", "body_md": PAGE.format(done=done), **DATES}
        for number, name, done in pages
    ]
    runbooks = [
        {"number": number, "name": f"[手順] 夜間バッチ {number}", "category": "手順書", "body_md": "1. 止める", **DATES}
        for number in range(10, 34)
    ]
    world = {
        "issue_statuses": [{"id": number, "name": name, "is_closed": number == 5} for number, name in STATUSES],
        "roles": [{"id": 3, "name": "開発者", "assignable": True, "permissions": ["view_issues", "edit_issues"]}],
        "projects": [{"id": 1, "name": "基盤", "identifier": "infra", "status": 1, "is_public": True}],
        "users": [{"id": 11, "login": "sato", "name": "佐藤 健"}],
        "memberships": [{"id": 1, "project": {"id": 1}, "user": {"id": 11, "name": "佐藤 健"}, "roles": [{"id": 3}]}],
    }
    tickets = [_ticket(101), _ticket(102), _ticket(103), _ticket(104, status={"id": 1, "name": "新規"}, journals=[])]
    return [world, *incidents, *runbooks, *tickets]


DATES = {"created_at": "2025-04-18T10:00:00+09:00", "updated_at": "2025-06-01T10:00:00+09:00"}


def _ticket(number: int, **fields: object) -> Row:
    said = {
        "id": number,
        "user": {"id": 11, "name": "佐藤 健"},
        "notes": "リリースしました。問題ありません。",
        "created_on": "2025-05-20T01:00:00Z",
        "details": [{"property": "attr", "name": "status_id", "old_value": "2", "new_value": "3"}],
    }
    given = {
        "status": {"id": 3, "name": "解決"},
        "author": {"id": 11, "name": "佐藤 健"},
        "assigned_to": {"id": 11, "name": "佐藤 健"},
        "subject": f"残数の通知を足す {number}",
        "description": "手順書どおり",
        "created_on": "2025-04-01T00:00:00Z",
        "updated_on": "2025-05-20T01:00:00Z",
        "journals": [said],
    }
    return ticket(number, **given | fields)


def others_edit(site: Site) -> None:
    """Meanwhile, somebody gives one post another title, and has another open in the editor."""
    site.sandbox.edit("esa", "update", number=20, fields={"title": "夜間バッチの止め方"}, **{"as": "sato"})
    site.sandbox.edit("esa", "open", number=21, times=3)


def workflow(site: Site) -> None:
    """A ticket gets an open child: Redmine then closes it in words only."""
    site.sandbox.edit("redmine", "update", id=104, fields={"parent_id": 103}, **{"as": "sato"})


def cut(site: Site) -> None:
    """The plan loses its last change."""
    path = site.folder / "done.toml"
    path.write_text(path.read_text("utf-8").rpartition("\n[[change]]")[0], encoding="utf-8")


DOUBTFUL = {"ja": 3, "en": 1}
"""The group kb is in doubt about: groups stand in the order of their words."""

Step = tuple[str, int] | Callable[[Site], None]

STORY: tuple[tuple[str, tuple[Step, ...]], ...] = (
    ("案を作る / a plan", (("plan done -o done.toml", 0), ("plan ship --in 手順書 -o ship.toml", 0))),
    ("決める前に送ろうとすると / before it is decided", (("apply done.toml", 5),)),
    (
        "確かめて、決める / review",
        (("review done.toml", 0), ("review done.toml --accept all", 0), ("review done.toml --reject {doubtful}", 0)),
    ),
    ("お知らせ / an announcement", (("review done.toml --announce --when '金曜 10 時' --ask 小野", 0),)),
    ("決めた案は守る / decisions are kept", (("plan done -o done.toml", 2),)),
    (
        "送って、戻す / apply and undo",
        (
            ("history", 0),
            ("apply done.toml --rehearse", 0),
            ("apply done.toml", 0),
            ("apply done.toml", 0),
            ("history", 0),
            ("history last", 0),
            ("undo last", 0),
            ("apply done.toml", 5),
            ("undo 20990101-1", 2),
        ),
    ),
    ("途中で切れた案 / a plan that was cut", (cut, ("apply done.toml", 5))),
    (
        "多いときは、まず 3 件 / many",
        (
            ("plan retitle --match '^\\[手順\\] *' --to '' -o titles.toml", 0),
            ("review titles.toml --accept all", 0),
            ("apply titles.toml", 5),
            ("apply titles.toml --allow 24", 1),
        ),
    ),
    (
        "ほかの人の編集 / others",
        (others_edit, ("apply titles.toml --allow 24 --yes", 4), ("apply titles.toml --allow 24", 4)),
    ),
    (
        "チケット / tickets",
        (
            ("plan close -o close.toml", 0),
            ("review close.toml --accept all", 0),
            workflow,
            ("apply close.toml", 4),
            ("undo last", 0),
            ("history", 0),
        ),
    ),
    ("ないもの / what is not there", (("apply nothing.toml", 2), ("plan ship", 2), ("review nothing.toml", 2))),
)


@dataclass(frozen=True, slots=True)
class Said:
    """A command, its exit code, and what it said in one language."""

    command: str
    code: int
    words: str


@pytest.fixture
def told(
    sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[[str], list[Said]]]:
    """Goes through the story in a language."""
    monkeypatch.setenv("COLUMNS", str(WIDEST))
    box = sandbox("--profile", "nolimit", data=team())

    def go(language: str) -> list[Said]:
        box.reset()
        folder = tmp_path / language
        folder.mkdir()
        extra = ("[incidents]", 'places = ["不具合共有/**"]', "[plan]", "most_changes = 20")
        site = opened(box, folder, monkeypatch, capsys, box.redmine, extra)
        found = []
        for _, steps in STORY:
            for step in steps:
                if callable(step):
                    step(site)
                    continue
                command = step[0].format(doubtful=DOUBTFUL[language])
                code = run(["--lang", language, *shlex.split(command)])
                said = capsys.readouterr()
                day = next((each.name[:8] for each in (folder / ".kb").glob("runs/*.jsonl")), "")
                found.append(Said(command, code, timeless(said.err + said.out, box, day)))
        return found

    yield go
    lang.set_language("ja")


def timeless(text: str, box: Sandbox, day: str) -> str:
    """Without what differs from run to run: days, names of runs, ports."""
    text = text.replace(box.redmine, "https://redmine.example.jp")
    text = re.sub(rf"\b{day}-(\d+)\b", r"20261126-\1", text)
    text = re.sub(r"\b(?:20\d\d-)?\d\d-\d\d \d\d:\d\d\b", "11-26 09:00", text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def page(told: dict[str, list[Said]]) -> str:
    """The words as a page: a heading a part, and each command with what it said in both languages."""
    lines = ["<!-- Made by tests/demo/test_words.py from real runs. -->"]
    rest = {language: iter(said) for language, said in told.items()}
    for heading, steps in STORY:
        lines += ["", f"## {heading}"]
        for step in steps:
            if callable(step):
                lines += ["", f"*{step.__doc__}*"]
                continue
            for language, said in rest.items():
                each = next(said)
                sign = f"$ kb {'--lang en ' if language == 'en' else ''}{each.command}"
                lines += ["", "```console", sign, each.words, *([f"→ {each.code}"] if each.code else []), "```"]
    return "\n".join(lines) + "\n"


def test_the_words_are_those_that_were_reviewed(told: Callable[[str], list[Said]]) -> None:
    said = {language: told(language) for language in ("ja", "en")}
    codes = [step[1] for _, steps in STORY for step in steps if not callable(step)]
    for language, each in said.items():
        assert [one.code for one in each] == codes, language
    if os.environ.get("KB_UPDATE_GOLDEN"):
        WORDS.write_text(page(said), encoding="utf-8")
    assert page(said) == WORDS.read_text("utf-8")
