"""`kb handover` on the invented team: two who left before kb came, and one who is leaving.

What is listed is counted again here from the servers' own rows. Nothing leaves a trace, nothing is sent before the day,
and nothing that is passed on changes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from demo.planted_drift import collect
from msgspec import structs
from servers import Row, Sandbox, run_sandbox

from kb.cli.app import run
from kb.execute.preflight.announced import read_announcement, write_announcement
from kb.mirror.store import Mirror
from kb.sandbox.team import build
from kb.sandbox.team.people import BY_NAME
from kb.sandbox.team.planted import PLANTED
from kb.sandbox.team.weeks import first_monday
from kb.sandbox.team.words import JST
from kb.settings import workspace
from kb.text import lang

Call = Callable[..., str]
UNTIL, ANNOUNCED = "2031-04-09", "2031-03-07"
LEAVERS = ("kurokawa", "miura", "takase")
FOLDER = Path(".kb/private/handover")
PROJECTS = {1: "adsv", 2: "adsv-batch", 3: "adsv-infra", 4: "ops-contract", 5: "adnet-legacy"}
WRITTEN_BY = {row["number"]: row["created_by"]["screen_name"] for row in build(datetime.now(JST)).posts}
RECORDS = re.compile(r"日報|議事録|週報|当番記録|[a-z] [0-9]+\.[0-9]+\.[0-9]+\Z")
"""What tells of a day or a version, and passes to nobody."""


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with run_sandbox("--demo", "--profile", "nolimit") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def kb(box: Sandbox, patch: pytest.MonkeyPatch) -> Call:
    """`kb(*words, code=0)`: what it prints, both streams."""
    box.use(patch)
    patch.delenv("KB_NOW", raising=False)
    patch.setenv("KB_KEY", "11" * 32)

    def call(*words: str, code: int = 0) -> str:
        workspace._named = None
        lang.set_language("ja")
        out, streams = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), (sys.stdout, sys.stderr, sys.stdin)
        sys.stdout = sys.stderr = out
        sys.stdin = io.StringIO()
        try:
            ended = run(list(words))
        finally:
            sys.stdout, sys.stderr, sys.stdin = streams
        out.flush()
        said = out.buffer.getvalue().decode()  # type: ignore[attr-defined]
        assert ended == code, said
        return said

    return call


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory, box: Sandbox, patch: pytest.MonkeyPatch, kb: Call) -> Path:
    """A folder after sync and lint, with the model and what was collected."""
    root = tmp_path_factory.mktemp("team")
    patch.chdir(root)
    kb("init", "--team", "adteam", "--redmine-url", box.redmine, "--yes")
    kb("sync")
    now = datetime.now(JST)
    collect(root, first_monday(now), now)
    kb("lint", "--exit-zero")
    return root


@dataclass(frozen=True, slots=True)
class Papers:
    """What one run of `kb handover MEMBER` said and left, and the workspace around it before and after."""

    said: str
    files: dict[str, str]
    modes: set[int]
    before: dict[str, str]
    after: dict[str, str]
    requests: int

    def listed(self, heading: str) -> set[str]:
        """The names of the entries below a heading of the list."""
        found = re.search(rf"^## {heading}（[0-9]+）\n\n(.*?)(?=\n\n|\Z)", self.files["list.md"], re.M | re.S)
        return {line[2:].split(" · ")[0] for line in found[1].splitlines()} if found else set()

    def docs(self, heading: str) -> set[str]:
        """The documents that are listed below a heading."""
        return {each.split(" ")[0] for each in self.listed(heading)}


@pytest.fixture(scope="module")
def papers(synced: Path, box: Sandbox, patch: pytest.MonkeyPatch, kb: Call) -> dict[str, Papers]:
    """The papers of each leaver, made in a folder where there were none."""
    patch.chdir(synced)
    made = {}
    for member in LEAVERS:
        before, sent = snapshot(synced), count_requests(box)
        said = kb("handover", member, "--until", UNTIL, "--announced", ANNOUNCED)
        after, folder = snapshot(synced), FOLDER / member
        files = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (FOLDER.parent, FOLDER, folder)}
        modes |= {0o100000 | stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
        made[member] = Papers(said, files, modes, before, after, count_requests(box) - sent)
        shutil.rmtree(FOLDER.parent)  # whose things were gathered is nobody's owner to be
    return made


@pytest.fixture
def team(synced: Path, patch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder as the current one, without papers of anybody before and after."""
    patch.chdir(synced)
    shutil.rmtree(FOLDER.parent, ignore_errors=True)
    yield synced
    shutil.rmtree(FOLDER.parent, ignore_errors=True)


def count_requests(box: Sandbox) -> int:
    return box.requests("esa")["total"] + box.requests("redmine")["total"]


def snapshot(root: Path) -> dict[str, str]:
    """Every file of a workspace but the papers, with a hash of its bytes, and its mode."""
    return {
        str(path.relative_to(root)): f"{path.stat().st_mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_relative_to(root / ".kb" / "private")
    }


def posts_of(box: Sandbox) -> list[Row]:
    return [{**row, "created_by": WRITTEN_BY[row["number"]]} for row in box.dump("esa")]


def tickets_of(box: Sandbox) -> list[Row]:
    return [row for row in box.dump("redmine") if "subject" in row]


def place(post: Row) -> str:
    return str(post.get("category") or "")


@pytest.mark.parametrize("member", LEAVERS)
def test_the_posts_are_exactly_theirs(member: str, box: Sandbox, papers: dict[str, Papers]) -> None:
    personal, drafts, sole = set(), set(), set()
    for post in posts_of(box):
        doc, mine = f"esa:{post['number']}", post["created_by"] == member
        if place(post).startswith(f"Users/{member}"):
            personal.add(doc)
        elif place(post).startswith("Users/") or RECORDS.search(f"{place(post)}/{post['name']}"):
            continue
        elif mine and post["wip"]:
            drafts.add(doc)
        elif mine and post["updated_by"] == member:
            sole.add(doc)
    incidents = papers[member].docs("書いた障害の記事、担当の残っている対策")
    assert papers[member].docs("個人の場所の記事") == personal
    assert papers[member].docs("書きかけの記事") == drafts
    pages = {doc for doc in papers[member].docs("ほかに編集した人のいない記事") if doc.startswith("esa:")}
    assert pages == sole - incidents


@pytest.mark.parametrize("member", LEAVERS)
def test_the_wiki_pages_are_exactly_theirs(member: str, box: Sandbox, papers: dict[str, Papers]) -> None:
    theirs = {
        f"redmine:wiki:{PROJECTS[each['project']['id']]}/{each['title']}"
        for each in box.dump("redmine")
        if each["kind"] == "wiki_page" and each["author"]["id"] == BY_NAME[member].id
    }
    pages = papers[member].docs("ほかに編集した人のいない記事")
    assert {each for each in pages if each.startswith("redmine:")} == theirs


@pytest.mark.parametrize("member", LEAVERS)
def test_the_tickets_are_exactly_theirs(member: str, box: Sandbox, papers: dict[str, Papers]) -> None:
    theirs = {
        f"redmine:{each['id']}"
        for each in tickets_of(box)
        if BY_NAME[member].id in (each["author"]["id"], (each.get("assigned_to") or {}).get("id"))
        and not each["status"]["is_closed"]
    }
    assert papers[member].docs("開いているチケット") == theirs
    assert theirs


@pytest.mark.parametrize("member", LEAVERS)
def test_the_incidents_are_those_they_wrote_or_that_name_them(
    member: str, box: Sandbox, papers: dict[str, Papers]
) -> None:
    """As the category says which pages are incidents; an open measure names them by their family name."""
    found = papers[member].docs("書いた障害の記事、担当の残っている対策")
    written, named = set(), set()
    for post in posts_of(box):
        doc = f"esa:{post['number']}"
        if not place(post).startswith("不具合共有/"):
            continue
        if post["created_by"] == member:
            written.add(doc)
        elif re.search(rf"^- \[ \].*{BY_NAME[member].family}", post["body_md"], re.M):
            named.add(doc)
    assert written <= found
    assert named <= found
    for doc in found - written - named:
        (post,) = (each for each in posts_of(box) if f"esa:{each['number']}" == doc)
        assert BY_NAME[member].family in post["body_md"]


def has_part(row: Row, member: str) -> bool:
    """Whether somebody wrote, edited, commented or is assigned a post or ticket."""
    number = BY_NAME[member].id
    people = {row.get("created_by"), row.get("updated_by"), *(each["created_by"] for each in row.get("comments", ()))}
    ids = {(row.get(key) or {}).get("id") for key in ("author", "assigned_to")}
    ids |= {each["user"]["id"] for each in row.get("journals", ()) if each.get("notes")}
    return member in people or number in ids or str(row.get("category", "")).startswith(f"Users/{member}")


@pytest.mark.parametrize("member", LEAVERS)
def test_the_secrets_are_exactly_those_they_know_and_no_value_is_shown(
    member: str, box: Sandbox, papers: dict[str, Papers]
) -> None:
    rows = [*posts_of(box), *tickets_of(box)]
    theirs = set()
    for row in rows:
        doc = f"esa:{row['number']}" if "body_md" in row else f"redmine:{row['id']}"
        text = json.dumps(row, ensure_ascii=False)
        if has_part(row, member) and any(json.dumps(each.value, ensure_ascii=False)[1:-1] in text for each in PLANTED):
            theirs.add(doc)
    assert {each.rpartition(":")[0] for each in papers[member].docs("知っている秘密（変える順）")} == theirs
    shown = papers[member].said + "".join(papers[member].files.values())
    assert [each.key for each in PLANTED if each.value in shown and len(each.value) > 6] == []


ACCOUNTS = {
    "kurokawa": {"AWS", "Google", "Jenkins", "Redmine", "esa", "サーバーのアカウント", "メール"},
    "miura": {"AWS", "Google", "Redmine", "メール"},
    "takase": {"Redmine", "esa"},
}
"""By reading the pages, notes and snapshots of the team."""


@pytest.mark.parametrize("member", LEAVERS)
def test_the_accounts_are_those_the_team_wrote_down(member: str, papers: dict[str, Papers]) -> None:
    assert papers[member].docs("アカウント") == ACCOUNTS[member]


MACHINES = {
    "kurokawa": {
        "batch-02", "kurokawa-test2",
        "adsv-prd-web-02 /home/kurokawa/delivery-api-2.8.1-hotfix.jar",
        "batch-02 /home/kurokawa/agg-legacy.jar",
    },
    "miura": {"batch-01 tmp_miura_3"},
    "takase": set(),
}  # fmt: skip


@pytest.mark.parametrize("member", LEAVERS)
def test_the_machines_are_those_that_name_them(member: str, papers: dict[str, Papers]) -> None:
    assert papers[member].listed("ノード、通知先、機械") == MACHINES[member]


def test_the_questions_are_those_a_colleague_would_ask(papers: dict[str, Papers]) -> None:
    """`handover.md` holds them: read them after a change, and ask yourself whether you would (KB_UPDATE_GOLDEN=1)."""
    lines = ["# 聞いておくこと", ""]
    for member in LEAVERS:
        lines += [f"## {BY_NAME[member].name}", ""]
        lines += [
            line.removeprefix("## ") for line in papers[member].files["questions.md"].splitlines() if line[:3] == "## "
        ]
        lines.append("")
    golden = Path(__file__).with_name("handover.md")
    if os.environ.get("KB_UPDATE_GOLDEN"):
        golden.write_text("\n".join(lines), encoding="utf-8")
    assert golden.read_text("utf-8") == "\n".join(lines)


def test_what_a_host_printed_is_named_as_a_list_of_it(papers: dict[str, Papers]) -> None:
    assert "- もと: batch-02 で動くものの一覧\n" in papers["kurokawa"].files["questions.md"]


@pytest.mark.parametrize("member", LEAVERS)
def test_it_sends_nothing_and_leaves_no_trace(member: str, papers: dict[str, Papers]) -> None:
    made = papers[member]
    assert made.after == made.before
    assert ".kb/state.db" in made.before
    assert made.requests == 0
    assert "\x1b]" not in made.said  # no title of a terminal
    assert made.modes == {0o700, 0o100600}


def test_a_folder_that_was_never_linted_gets_no_cache(team: Path, tmp_path: Path, kb: Call) -> None:
    (tmp_path / ".kb").mkdir(mode=0o700)
    for name in ("kb.toml", ".kb/mirror.db"):
        shutil.copy(team / name, tmp_path / name)
    with pytest.MonkeyPatch.context() as here:
        here.chdir(tmp_path)
        here.delenv("KB_KEY")
        before = snapshot(tmp_path)
        kb("handover", "miura")
        assert {path.removeprefix(".kb/.gitignore") for path in snapshot(tmp_path).keys() - before.keys()} <= {""}


def day(offset: int) -> str:
    return (datetime.now(JST).date() + timedelta(days=offset)).isoformat()


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Noon of this day, so that none of these tests runs over midnight."""
    monkeypatch.setenv("KB_NOW", f"{day(0)}T12:00:00+09:00")


@pytest.mark.usefixtures("today")
def test_no_plan_of_it_is_sent_rehearsed_or_shared_before_the_day_has_passed(
    box: Sandbox, team: Path, tmp_path: Path, kb: Call
) -> None:
    kb("handover", "takase")
    sent, folder = count_requests(box), FOLDER / "takase"
    plans = sorted(folder.glob("*.toml"))
    assert {path.name for path in plans} >= {"reassign.toml", "ship.toml"}
    first = read_announcement(folder)
    assert first is not None
    for announced in ("", day(0), day(30)):
        write_announcement(folder, structs.replace(first, announced=announced))
        for path in plans:
            shutil.copy(path, tmp_path / path.name)
            for place in (path, tmp_path / path.name):
                for flags in ((), ("--yes",), ("--rehearse",), ("--json", "--yes")):
                    said = kb("apply", str(place), *flags, code=5)
                    assert not re.search("takase|高瀬", said)
                kb("plan", "share", str(place), "--to", "esa:1400", "--yes", code=5)
        kb("handover", "takase", "--publish", "--yes", code=5)
    assert count_requests(box) == sent
    plan = folder / "ship.toml"
    plan.write_text(
        re.sub(
            r"(?m)^seen = .*$", 'seen = {revision = 1, updated_at = "2020-01-01T00:00:00Z"}', plan.read_text("utf-8")
        ),
        "utf-8",
    )
    kb("plan", "refresh", str(plan))  # makes another plan of it, which waits as well
    shutil.copy(plan, tmp_path / "ship.toml")
    kb("apply", str(tmp_path / "ship.toml"), "--yes", code=5)
    assert not list(tmp_path.glob("*.receipt.toml"))


@pytest.mark.usefixtures("today")
def test_after_the_day_the_plan_applies_and_undoes_and_says_which_mails_reach_the_member(
    box: Sandbox, team: Path, kb: Call
) -> None:
    kb("handover", "takase", "--announced", day(-1))
    path = str(FOLDER / "takase" / "reassign.toml")
    said = kb("review", path, "--accept", "all")
    count = re.search(r"高瀬 真帆さん本人に届くメール: ([0-9]+) 通", said)
    assert count
    before = {row["id"]: (row.get("assigned_to") or {}).get("id") for row in tickets_of(box)}
    said = kb("apply", path, "--yes")
    after = {row["id"]: (row.get("assigned_to") or {}).get("id") for row in tickets_of(box)}
    changed = {number for number in before if before[number] != after[number]}
    assert changed
    assert {before[number] for number in changed} == {BY_NAME["takase"].id}
    assert int(count[1]) == len(changed)
    receipt = FOLDER / "takase" / "reassign.receipt.toml"
    assert stat.S_IMODE(receipt.stat().st_mode) == 0o600
    kb("undo", "last", "--yes")
    assert {row["id"]: (row.get("assigned_to") or {}).get("id") for row in tickets_of(box)} == before
    kb("sync")


@pytest.mark.usefixtures("today")
def test_answers_are_kept_and_go_into_their_runbook_after_the_day_and_out_again(
    box: Sandbox, team: Path, kb: Call
) -> None:
    kb("handover", "miura", "--announced", day(-1))
    questions = FOLDER / "miura" / "questions.md"
    text = questions.read_text("utf-8")
    home = re.search(r"置き場所: (esa:[0-9]+)", text)
    assert home
    at = text.index("答え:", home.end())
    questions.write_text(f"{text[: at + 3]}\n\n月初の朝に batch-01 で流します。\n{text[at + 3 :]}", "utf-8")
    kb("handover", "miura")
    assert "月初の朝に batch-01 で流します。" in questions.read_text("utf-8")
    said = kb("handover", "miura")
    assert said.splitlines()[-1] == "次は: kb handover miura --publish（答えを手順書に足す）"
    assert "案は、" not in said
    assert f"案は、{day(0)} を過ぎるまで送れません。" in kb("handover", "miura", "--announced", day(0))
    kb("handover", "miura", "--announced", day(-1))
    number = int(home[1].removeprefix("esa:"))
    with_answer = questions.read_text("utf-8")
    questions.write_text(with_answer.replace("流します。", "流します。パスワード: Zt7kQ2mXw9Lr4Vb"), "utf-8")
    said = kb("handover", "miura", "--publish", "--yes", code=5)
    assert "questions.md の「" in said
    assert "の答えに、秘密の値があるようです。何も送っていません。" in said
    assert "Zt7kQ2mXw9Lr4Vb" not in said
    questions.write_text(with_answer, "utf-8")
    body = next(post["body_md"] for post in posts_of(box) if post["number"] == number)
    kb("handover", "miura", "--publish", "--yes")
    new = next(post["body_md"] for post in posts_of(box) if post["number"] == number)
    assert new.startswith(body.rstrip("\n"))
    assert "月初の朝に batch-01 で流します。" in new
    added = new[len(body) :]
    assert not re.search("miura|三浦|引き継|退職|離れ", added)
    kb("undo", "last", "--yes")
    assert next(post["body_md"] for post in posts_of(box) if post["number"] == number) == body
    kb("sync")


def test_the_tokens_kb_reads_with_are_their_owners(team: Path, kb: Call) -> None:
    assert "kb そのもの: 2" in kb("handover", "ono")
    text = (FOLDER / "ono" / "list.md").read_text("utf-8")
    assert "kb が esa を読むトークン（ono）" in text
    assert "kb が redmine を読むトークン（ono）" in text


def test_that_two_accounts_have_the_name_is_told(team: Path, kb: Call) -> None:
    assert "この名前のアカウント" not in kb("handover", "takase")
    number = BY_NAME["takase"].id
    with Mirror.open(team / ".kb" / "mirror.db") as mirror:
        mirror.database.execute(
            "UPDATE raws SET raw = json_set(raw, '$.author.id', 99) WHERE id = (SELECT r.id FROM raws r "
            "JOIN documents d USING (id) WHERE d.kind = 'issue' AND json_extract(r.raw, '$.author.id') = ?)",
            (number,),
        )
    said = kb("handover", "takase")
    assert f"Redmine に、この名前のアカウントが 2 つあります（#{number}, #99）。どれの分も入っています。" in said


def test_an_unknown_name_is_told_and_nothing_is_made(team: Path, kb: Call) -> None:
    assert "「kurokava」" in kb("handover", "kurokava", code=2)
    assert not FOLDER.exists()


def test_options_of_publishing_need_it(team: Path, kb: Call) -> None:
    assert "--publish" in kb("handover", "takase", "--dry-run", code=2)


def test_each_name_of_a_person_leads_to_the_same_papers_and_a_decided_plan_stays(team: Path, kb: Call) -> None:
    kb("handover", "高瀬")
    path = FOLDER / "takase" / "ship.toml"
    kb("review", str(path), "--reject", "all")
    decided = path.read_text("utf-8")
    said = kb("--lang", "en", "handover", "@takase")
    assert not re.search(
        "[ぁ-んァ-ヶ]", re.sub("“[^”]*”|「[^」]*」|/[^ ]*|[a-z]+:.*", "", said.split("questions, five")[0])
    )
    assert path.read_text("utf-8") == decided
    assert [each.name for each in FOLDER.iterdir()] == ["takase"]


FACES: dict[str, tuple[str, ...]] = {
    **{
        f"lint --format {form}": ("lint", "--all", "--exit-zero", "--format", form)
        for form in ("text", "json", "jsonl", "sarif", "github", "junit", "markdown", "html")
    },
    **{f"report --format {form}": ("report", "--format", form) for form in ("text", "markdown", "html", "json")},
    **{
        f"incidents --format {form}": ("incidents", "--format", form)
        for form in ("text", "json", "csv", "markdown", "html")
    },
    "incidents --by node": ("incidents", "--by", "node"),
    "triage": ("triage",),
    "inventory": ("inventory", "--format", "json"),
    "diagram check": ("diagram", "check", "--drift", "--format", "json"),
    "diagram build": ("diagram", "build"),
    "secrets list": ("secrets", "list", "--all"),
    "history": ("history",),
    "kb": (),
    "search": ("search", "引き継ぎ"),
    "export": ("export", "exported"),
    "state.jsonl.gz": ("state", "export", "state.jsonl.gz"),
    "plan ship": ("plan", "ship", "--older-than", "1", "-o", "some.toml", "--force"),
    "plan reassign": ("plan", "reassign", "--from", "真鍋 大輔", "--to", "小野 遥", "-o", "some.toml", "--force"),
    "plan move": ("plan", "move", "--from", "Users/*", "-o", "some.toml", "--force"),
}


@pytest.fixture(scope="module")
def handed(synced: Path, patch: pytest.MonkeyPatch, kb: Call) -> Path:
    """The folder after a member's things were gathered in it."""
    patch.chdir(synced)
    kb("handover", "takase", "--until", UNTIL, "--announced", ANNOUNCED)
    return synced


@pytest.mark.parametrize("name", FACES)
def test_nothing_that_is_passed_on_says_that_it_was_run(name: str, handed: Path, kb: Call) -> None:
    said = kb(*FACES[name], code=1 if name == "diagram check" else 0)
    for path in sorted(handed.rglob("*")):
        if path.is_file() and not {".kb", "listings"}.intersection(path.relative_to(handed).parts):
            data = path.read_bytes()
            said += (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8", "replace")
    assert not re.search(f"整理: |kb handover|private/handover|{UNTIL}|{ANNOUNCED}", said)
