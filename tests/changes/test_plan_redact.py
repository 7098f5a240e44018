"""`kb plan redact`: values that were changed are masked on their pages, and no file keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from changes.site import Site, opened
from servers import Row, Sandbox

from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source

FIRST = "Zt7-kupferdach-19"
SECOND = "q8Yw-nebelhorn-44"
WORDS = "（伏せました）"

CONFIG = f"## 設定\n\n```yaml\npassword: {FIRST}\nhost: web-01\n```\n\nDB のパスワード: `{SECOND}` です。\n"
PAGE = f"# 手順\n\n管理画面のパスワードは「{FIRST}」です。\n"


def post(number: int, body: str) -> Row:
    return {"number": number, "name": f"手順 {number}", "category": "運用", "body_md": body}


@pytest.fixture
def box(sandbox: Callable[..., Sandbox]) -> Sandbox:
    return sandbox("--profile", "nolimit", data=[post(1, CONFIG), post(2, PAGE), post(3, "本文")])


MARKED = "Kb#9x!" + "Tsuki77"


@pytest.mark.parametrize("written", [quote(MARKED), MARKED.replace("#", "&#35;"), MARKED])
def test_an_escaped_copy_on_another_page_is_masked(
    sandbox: Callable[..., Sandbox],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    written: str,
) -> None:
    copy = f"# 入口\n\n[入る](https://ftp.example.jp/?next={written})\n"
    data = [post(1, f"パスワード: {MARKED}\n"), post(2, copy)]
    folder = tmp_path / "team"
    folder.mkdir()
    site = open_site(sandbox("--profile", "nolimit", data=data), folder, monkeypatch, capsys, 'webhooks = "none"')
    note = SourceRow(
        Source.REDMINE, Kind.NOTE, "9021", "redmine:24", "古いジョブ", f"{written} のままです", {}, part="journal:9021"
    )
    with Mirror.open(folder / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put([note])
    rotate(site, "esa:1:1")
    site.kb("plan", "redact", "-o", "plan.toml")
    assert "変更 2 件" in site.said
    assert "Redmine の注記 1 か所は、画面でその注記を編集してください" in site.said
    site.apply("--yes")
    assert site.post(2)["body_md"] == copy.replace(written, WORDS)


def open_site(
    box: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], webhooks: str
) -> Site:
    return opened(box, folder, monkeypatch, capsys, extra=[webhooks] if webhooks else [])


@pytest.fixture
def site(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Site]:
    folder = tmp_path / "team"  # apart from the sandbox's own data
    folder.mkdir()
    yield open_site(box, folder, monkeypatch, capsys, 'webhooks = "none"')
    assert values_in_files(folder) == []


def values_in_files(folder: Path) -> list[str]:
    """The files that hold a value, other than the mirror, which holds texts."""
    files = (each for each in folder.rglob("*") if each.is_file() and not each.name.startswith("mirror.db"))
    return [each.name for each in files if any(value.encode() in each.read_bytes() for value in (FIRST, SECOND))]


def id_of(site: Site, place: str) -> str:
    """The id of the value at a place."""
    row = found = ""
    for line in site.kb("secrets", "list").splitlines():
        found = line.split()[0] if "********" in line else found
        if line.split()[:1] == [place]:
            row = found
    assert row, place
    return row


def rotate(site: Site, place: str) -> str:
    """Note that the value at a place was changed."""
    name = id_of(site, place)
    site.kb("secrets", "rotated", name, "--on", "2026-01-10", "--by", "ono")
    return name


def bodies(site: Site) -> list[str]:
    return [str(site.post(number)["body_md"]) for number in (1, 2)]


def test_changed_values_are_masked_wherever_they_stand(site: Site) -> None:
    rotate(site, "esa:1:4")
    site.kb("plan", "redact", "-o", "plan.toml")
    assert "変更 2 件（1 グループ）" in site.said
    assert "値がまだ変更されていないもの 1 件" in site.said
    assert "esa の版の履歴（記事 2 件の、今までの 2 版）" in site.said
    assert site.said.splitlines()[-1] == "次は: kb review plan.toml"
    site.kb("review", "plan.toml", "--accept", "all")
    foretold = site.kb("apply", "plan.toml", "--rehearse", "--json")
    assert bodies(site) == [CONFIG, PAGE]
    done = site.apply()
    assert (done["done"], done["skipped"], done["failed"]) == (2, 0, 0)
    assert '"done": 2' in foretold
    assert bodies(site) == [CONFIG.replace(FIRST, WORDS), PAGE.replace(FIRST, WORDS)]
    assert site.kb("secrets", "list", "--all").count("********") == 1


def test_a_value_that_still_opens_something_is_refused(site: Site) -> None:
    site.kb("plan", "redact", "-o", "plan.toml", code=2)
    assert "まだ変更していない値です" in site.said
    name = id_of(site, "esa:1:8")
    rotate(site, "esa:1:4")
    site.kb("plan", "redact", "-o", "plan.toml", name, code=2)
    assert name in site.said
    assert not (site.folder / "plan.toml").exists()
    site.kb("plan", "redact", "-o", "plan.toml", name, "--before-rotation", "--with", "（1Password の DB）")
    assert "値の変更が先に要ります" in site.said
    site.apply("--yes")
    assert bodies(site)[0] == CONFIG.replace(SECOND, "（1Password の DB）")


def test_kb_asks_about_webhooks_first(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = open_site(box, tmp_path, monkeypatch, capsys, "")
    here.kb("plan", "redact", "-o", "plan.toml", code=2)
    assert 'webhooks = "none" か "stopped"' in here.said
    assert here.counted()["total"] == 0


def test_undoing_is_a_choice_of_its_own(site: Site) -> None:
    rotate(site, "esa:1:4")
    site.kb("plan", "redact", "-o", "plan.toml")
    site.apply("--yes")
    refused = site.kb("undo", "last", "--yes", code=5)
    assert refused == ""
    assert "--with-secrets" in site.said
    assert bodies(site)[1] == PAGE.replace(FIRST, WORDS)
    assert site.undo("last", "--with-secrets")["done"] == 2
    assert bodies(site) == [CONFIG, PAGE]
    assert site.undo("last", "--with-secrets")["done"] == 0


def test_a_page_edited_since_keeps_its_text(site: Site) -> None:
    rotate(site, "esa:1:4")
    site.kb("plan", "redact", "-o", "plan.toml")
    site.sandbox.edit("esa", "update", number=2, fields={"body": f"前書き\n{PAGE}"})
    done = site.apply("--yes", code=4)
    assert (done["done"], done["stale"]) == (1, 1)
    assert bodies(site)[1] == f"前書き\n{PAGE}"
    site.kb("sync")
    site.kb("plan", "refresh", "plan.toml")
    site.kb("plan", "redact", "-o", "again.toml")
    site.kb("apply", "again.toml", "--yes")
    assert bodies(site)[1] == f"前書き\n{PAGE}".replace(FIRST, WORDS)


@pytest.mark.parametrize("words", ["  \n", "a\nb", f"パスワード: {SECOND}", "x" * 3000])
def test_words_that_cannot_stand_there_are_refused(site: Site, words: str) -> None:
    rotate(site, "esa:1:4")
    site.kb("plan", "redact", "-o", "plan.toml", "--with", f" {words}", code=0 if not words.strip() else 2)
    assert SECOND not in site.said


def test_words_that_read_like_a_secret_where_they_stand_are_not_sent(site: Site) -> None:
    rotate(site, "esa:1:4")
    site.kb("plan", "redact", "-o", "plan.toml", "--with", "Kq9zR7mVt2xW")
    done = site.apply("--yes", code=4)
    assert done["done"] == 0
    assert bodies(site) == [CONFIG, PAGE]


def test_what_is_masked_is_said_beforehand_and_announced(site: Site) -> None:
    rotate(site, "esa:1:4")
    site.kb("plan", "redact", "-o", "plan.toml")
    assert "本文で 2 か所を伏せます" in site.kb("review", "plan.toml", "--accept", "all")
    told = site.kb("review", "plan.toml", "--announce")
    assert "本文は、パスワードなど 2 か所を伏せ、ほかはそのままです" in told
    assert "、本文\n" not in told
    assert "手順 1" not in told


def test_undoing_an_undo_that_masked_again_is_a_choice_too(site: Site) -> None:
    rotate(site, "esa:1:4")
    site.kb("plan", "redact", "-o", "plan.toml")
    site.apply("--yes")
    shown = site.undo("last", "--with-secrets")["run"]
    masked = site.undo(shown)["run"]
    assert bodies(site) == [CONFIG.replace(FIRST, WORDS), PAGE.replace(FIRST, WORDS)]
    site.kb("undo", masked, "--yes", code=5)
    assert "--with-secrets" in site.said
    assert site.undo(masked, "--with-secrets")["done"] == 2
    assert bodies(site) == [CONFIG, PAGE]
