"""The diagram in a post of a sandbox: each file sent once, one edit, never over people, and nothing the second time."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from changes.site import Site, posts
from changes.written import text_of
from markdown_it import MarkdownIt

from kb.sources.esa.writes import EsaUploads, UploadAnswer, UploadFile

SENT, EDIT = "POST /attachments", "PATCH /posts/{number}"
OLD = "いまの構成図:\r\n\r\n![手書きの図](https://img.esa.io/uploads/old.png)\r\n\r\n## メモ\r\n2019 年から"

MODEL = """
schema = 1
[system]
title = "広告配信"
esa_post = 1
[[group]]
id = "web"
label = "表"
[[node]]
id = "api"
label = "配信 API"
group = "web"
lifecycle = "unknown"
[[node]]
id = "db"
label = "入札 DB"
[[edge]]
from = "api"
to = "db"
sync = false
"""
TWO_VIEWS = '[[view]]\nid = "front"\nlabel = "表"\nnodes = ["api"]\nform = ["png"]\n' + (
    '[[view]]\nid = "back"\nlabel = "裏"\nnodes = ["db"]\nform = ["png", "svg"]\n'
)


@pytest.fixture
def here(site: Callable[..., Site]) -> Site:
    """A workspace with a model, whose post 1 has a picture that somebody made by hand."""
    rows = posts(3)
    rows[0]["body_md"] = OLD
    made = site(data=rows)
    (made.folder / "diagrams").mkdir()
    model(made, MODEL)
    return made


def model(here: Site, text: str) -> None:
    (here.folder / "diagrams" / "system.toml").write_text(text, encoding="utf-8")


def publish(here: Site, *words: str, code: int = 0) -> str:
    """What is printed; counters begin anew before."""
    here.sandbox.reset(counters=True)
    return here.kb("diagram", "publish", *(words or ("--yes",)), code=code)


def first(here: Site) -> None:
    publish(here, "--insert", "bottom", "--yes")


def sent(here: Site) -> tuple[int, int]:
    """Files and edits that were sent."""
    counted = here.counted()
    posted = sum(count for route, count in counted.items() if route.startswith("POST"))
    return posted, counted.get(EDIT, 0)


def rendered(text: str) -> str:
    return str(MarkdownIt("gfm-like", {"linkify": False}).render(text))


class Page(HTMLParser):
    """The tags of a page with their attributes, and its words outside of code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words, self._code = "", False
        self.feed(rendered(text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._code |= tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self._code &= tag != "code"

    def handle_data(self, data: str) -> None:
        self.words += "" if self._code else data


# -- the way it should go ------------------------------------------------------------------------


def test_the_first_time_somebody_has_to_say_where(here: Site) -> None:
    publish(here, "--yes", code=2)
    assert "kb diagram publish --insert top" in here.said
    assert sent(here) == (0, 0)
    publish(here, "--insert", "bottom", code=2)
    assert "--yes" in here.said
    assert sent(here) == (0, 0)


def test_each_file_is_sent_once_and_the_post_edited_once(here: Site) -> None:
    said = publish(here, "--insert", "bottom", "--yes")
    assert sent(here) == (3, 1)
    assert "アップロード 3 個" in said
    assert "kb からは消せません" in here.said
    text = text_of(here, "esa:1")
    assert text.startswith(OLD)
    html = rendered(text)
    assert re.findall(r'<img src="([^"]+)" alt="([^"]*)"', html)[1][1] == "広告配信"
    assert html.count("<img") == 2  # the one by hand, and ours
    assert ">SVG（拡大できます）</a>・<a" in html
    assert "点線の矢印" in html
    assert "要確認" in html
    assert "Mermaid" not in text
    assert here.post(1)["revision_number"] == 2


def test_a_second_time_nothing_is_sent_nor_drawn(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first(here)
    shutil.rmtree(here.folder / "diagrams" / "pictures")
    shutil.rmtree(here.folder / ".kb" / "runs")  # another machine: the post alone remembers
    monkeypatch.setenv("PATH", str(here.folder))  # nor is Graphviz there
    assert "同じ内容です。何も送っていません" in publish(here)
    assert here.counted() == {"total": 1, "GET /posts": 1}
    assert not (here.folder / "diagrams" / "pictures").exists()


def test_only_what_is_another_picture_is_sent(here: Site) -> None:
    model(here, MODEL + TWO_VIEWS)
    first(here)
    assert sent(here) == (3, 1)
    before = set(re.findall(r"url=(\S+)", text_of(here, "esa:1")))
    model(here, (MODEL + TWO_VIEWS).replace("配信 API", "配信 API v2"))
    publish(here)
    assert sent(here) == (1, 1)
    after = set(re.findall(r"url=(\S+)", text_of(here, "esa:1")))
    assert len(before & after) == 2
    model(
        here, (MODEL + TWO_VIEWS).replace("配信 API", "配信 API v2").replace('lifecycle = "unknown"', 'owner = "佐藤"')
    )
    publish(here)
    assert sent(here)[1] == 1  # the sign 要確認 is gone from the words below, too


def test_a_word_that_is_in_no_picture_sends_no_file(here: Site) -> None:
    first(here)
    model(here, MODEL.replace("esa_post = 1", 'esa_post = 1\ntext_form = "mermaid"'))
    publish(here)
    assert sent(here) == (0, 1)
    text = text_of(here, "esa:1")
    assert "<details><summary>文字で見る (mermaid)</summary>\n\n```mermaid\nflowchart LR" in text.replace("\r\n", "\n")
    publish(here)
    assert sent(here) == (0, 0)


def test_what_stands_around_stays_to_the_byte(here: Site) -> None:
    first(here)
    here.sandbox.edit(
        "esa", "update", as_="sato", number=1, fields={"body_md": text_of(here, "esa:1") + "\r\n追記\r\n"}
    )
    model(here, MODEL.replace("入札 DB", "入札 DB 2"))
    publish(here)
    text = text_of(here, "esa:1")
    assert text.startswith(OLD)
    assert text.endswith("<!-- kb:diagram end -->\r\n\r\n追記\r\n") or text.endswith("\r\n追記\r\n")
    assert text.count("kb:diagram begin") == 1
    assert "\n" not in text.replace("\r\n", "")


def test_undo_puts_the_section_back_and_says_that_files_stay(here: Site) -> None:
    first(here)
    old = text_of(here, "esa:1")
    model(here, MODEL.replace("入札 DB", "入札 DB 2"))
    publish(here)
    new = text_of(here, "esa:1")
    here.kb("undo", "last", "--yes")
    assert "esa に残ります" in here.said
    assert text_of(here, "esa:1") == old
    publish(here)  # its files are known from the journal
    assert sent(here) == (0, 1)
    assert re.findall(r"url=(\S+)", text_of(here, "esa:1")) == re.findall(r"url=(\S+)", new)


def test_a_first_publishing_taken_back_leaves_the_post_as_it_was(here: Site) -> None:
    first(here)
    here.kb("undo", "last", "--yes")
    assert text_of(here, "esa:1").rstrip() == OLD


def test_a_dry_run_draws_and_sends_nothing(here: Site) -> None:
    said = publish(here, "--insert", "bottom", "--dry-run")
    assert sent(here) == (0, 0)
    assert not (here.folder / "diagrams" / "pictures").exists()
    assert not list((here.folder / ".kb" / "runs").glob("*"))
    body = json.JSONDecoder().raw_decode(said[said.index("{") :])[0]["post"]["body_md"]
    assert "](upload:all.png)" in body
    assert "3 個: all.svg、all.png、all.html" in here.said
    assert here.sandbox.token not in said


def test_the_commit_of_the_model_stands_below_and_a_later_one_alone_edits_nothing(here: Site) -> None:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}
    for name in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{name}_NAME": "sato", f"GIT_{name}_EMAIL": "sato@example.jp"}

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=here.folder, env=env, check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "-q")
    git("add", "diagrams")
    git("commit", "-q", "-m", "model")
    first(here)
    commit = git("log", "-1", "--format=%h")
    assert f"コミット `{commit}`" in text_of(here, "esa:1")
    model(here, MODEL + "# 注\n")
    git("commit", "-q", "-am", "a word nobody draws")
    publish(here)
    assert sent(here) == (0, 0)
    model(here, MODEL.replace("入札 DB", "入札 DB 2"))  # not committed
    publish(here)
    assert "コミット" not in text_of(here, "esa:1")


def test_many_views_and_pages_are_under_their_titles(here: Site) -> None:
    nodes = "".join(f'[[node]]\nid = "n{n}"\nlabel = "機 {n}"\ngroup = "g{n % 2}"\n' for n in range(101))
    groups = '[[group]]\nid = "g0"\nlabel = "東"\n[[group]]\nid = "g1"\nlabel = "西 <b>&"\n'
    model(here, f'[system]\ntitle = "大"\nesa_post = 1\n{groups}{nodes}[[view]]\nid = "all"\nform = ["png"]\n')
    first(here)
    assert sent(here) == (3, 1)
    html = rendered(text_of(here, "esa:1"))
    assert html.count("<details>") == html.count("</details>") == 2
    assert "西 &#60;b&#62;&#38;" in html
    assert html.count("<img") == 4


def test_of_pages_that_html_holds_no_svg_is_sent(here: Site) -> None:
    nodes = "".join(f'[[node]]\nid = "n{n}"\ngroup = "g{n % 2}"\n' for n in range(101))
    model(here, f'[system]\nesa_post = 1\n[[group]]\nid = "g0"\n[[group]]\nid = "g1"\n{nodes}')
    publish(here, "--insert", "bottom", "--dry-run")
    (told,) = [line for line in here.said.split("\n") if "アップロードするファイル" in line]
    assert "5 個: all.svg、all.png、all.g0.png、all.g1.png、all.html。" in told
    assert "約 10 秒かかります" in told


# -- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["500", "reset-after", "403", "400"])
def test_an_upload_that_fails_leaves_the_post_untouched_and_the_rest_is_sent_next_time(here: Site, kind: str) -> None:
    publish(here, "--insert", "bottom", "--dry-run")
    here.sandbox.fault(system="esa", kind="slow", method="POST", path="/attachments$", times=1, seconds=0)
    here.sandbox.fault(system="esa", kind=kind, method="POST", path="/attachments$", times=1)
    publish(here, "--insert", "bottom", "--yes", code=3 if kind == "403" else 4)
    assert sent(here) == (2, 0)
    assert text_of(here, "esa:1") == OLD
    assert "アップロードが 2 個残っています" in here.said
    assert "記事には何も書いていません" in here.said
    lines = [line for line in here.said.split("\n") if len(line) > 20]
    assert not [line for line in lines for other in lines if line != other and line in other]
    assert ("届いたかどうか分かりません" in here.said) == (kind in ("500", "reset-after"))
    publish(here, "--insert", "bottom", "--yes")
    assert sent(here) == (2, 1)


def test_the_limit_for_uploads_is_obeyed(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.execute.uploads.UPLOAD_WINDOW_S", 0.0)
    here.sandbox.toggles(upload_limit=2, upload_window_s=1)
    first(here)
    assert here.counted()[EDIT] == 1
    assert len(set(re.findall(r"url=(\S+)", text_of(here, "esa:1")))) == 3


def test_what_the_storage_refuses_leaves_the_post_untouched(here: Site) -> None:
    here.sandbox.fault(system="esa", kind="404", method="POST", path="/attachments$")
    here.sandbox.fault(system="esa", kind="403", method="POST", path="^/uploads$", times=1)
    publish(here, "--insert", "bottom", "--yes", code=4)
    assert here.counted().get(EDIT, 0) == 0
    assert text_of(here, "esa:1") == OLD
    publish(here, "--insert", "bottom", "--yes")
    assert here.counted()["POST /uploads"] == 3


def test_what_arrived_before_somebody_stopped_it_is_not_sent_again(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = EsaUploads.send, []

    def send(self: EsaUploads, file: UploadFile) -> UploadAnswer:
        calls.append(file.name)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(self, file)

    monkeypatch.setattr(EsaUploads, "send", send)
    publish(here, "--insert", "bottom", "--yes", code=130)
    assert sent(here) == (1, 0)
    assert text_of(here, "esa:1") == OLD
    assert re.search(r"済み 1 件・残り 1 件  upload → esa:1", here.kb("history"))
    publish(here, "--insert", "bottom", "--yes")
    assert sent(here) == (2, 1)


def test_where_somebody_has_the_post_open_no_file_is_sent_a_second_time(here: Site) -> None:
    here.sandbox.fault(system="esa", kind="409", method="PATCH", times=1)
    publish(here, "--insert", "bottom", "--yes", code=4)
    assert sent(here) == (3, 1)
    assert text_of(here, "esa:1") == OLD
    assert "kb diagram publish" in here.said
    publish(here, "--insert", "bottom", "--yes")
    assert sent(here) == (0, 1)


def test_what_a_person_wrote_inside_is_shown_and_stays(here: Site) -> None:
    first(here)
    edited = text_of(here, "esa:1").replace("点線の矢印", "ここはもう古い。点線の矢印")
    here.sandbox.edit("esa", "update", as_="sato", number=1, fields={"body_md": edited})
    model(here, MODEL.replace("入札 DB", "入札 DB 2"))
    publish(here, code=5)
    assert "ここはもう古い" in here.said
    assert sent(here) == (0, 0)
    assert text_of(here, "esa:1") == edited


def meanwhile(here: Site, monkeypatch: pytest.MonkeyPatch, edit: Callable[[str], str]) -> None:
    """Somebody edits the post while files are on their way."""
    real, done = EsaUploads.send, []

    def send(self: EsaUploads, file: UploadFile) -> UploadAnswer:
        if not done:
            done.append(file.name)
            body = edit(text_of(here, "esa:1"))
            here.sandbox.edit("esa", "update", as_="sato", number=1, fields={"body_md": body})
        return real(self, file)

    monkeypatch.setattr(EsaUploads, "send", send)


def test_what_is_written_around_it_during_the_uploads_stays(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile(here, monkeypatch, lambda text: text + "\r\n\r\nいま書いた行")
    first(here)
    text = text_of(here, "esa:1")
    assert "いま書いた行" in text
    assert text.count("kb:diagram begin") == 1


def test_what_is_written_inside_during_the_uploads_is_not_written_over(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first(here)
    model(here, MODEL.replace("入札 DB", "入札 DB 2"))
    meanwhile(here, monkeypatch, lambda text: text.replace("点線の矢印", "いま直した。点線の矢印"))
    publish(here, code=4)
    assert sent(here) == (3, 0)
    assert "いま直した" in text_of(here, "esa:1")
    publish(here, code=5)
    assert sent(here) == (0, 0)


def test_a_model_that_is_wrong_sends_nothing(here: Site) -> None:
    model(here, MODEL.replace('to = "db"', 'to = "bd"'))
    publish(here, "--insert", "top", "--yes", code=2)
    assert "db ではありませんか" in here.said
    assert here.counted().get("total", 0) == 0


def test_without_graphviz_nothing_is_sent(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(here.folder))
    publish(here, "--insert", "top", "--yes", code=3)
    assert sent(here) == (0, 0)


def test_the_post_has_to_be_named_and_there(here: Site) -> None:
    model(here, MODEL.replace("esa_post = 1\n", ""))
    publish(here, "--insert", "top", code=2)
    assert "esa_post = 123" in here.said
    model(here, MODEL.replace("esa_post = 1\n", "esa_post = 999\n"))
    publish(here, "--insert", "top", code=2)
    assert "diagrams/system.toml の esa_post" in here.said


# -- what is foreign -----------------------------------------------------------------------------

HOSTILE = (
    "@ono ![x](https://evil.example/x.png)",
    "<img src=x onerror=alert(1)>",
    "<!-- kb:diagram end -->",
    "<!-- kb:diagram begin sha256=0 -->",
    "``` #12 :tada:",
    "</details> [a](javascript:alert(1))",
    "~~~",
    "--> <!-- x",
)


def test_no_word_of_a_model_becomes_more_than_a_word(here: Site) -> None:
    nodes = "".join(f"[[node]]\nid = \"h{n}\"\nlabel = '{label}'\n" for n, label in enumerate(HOSTILE))
    views = "".join(
        f'[[view]]\nid = "v{n}"\nlabel = \'{label}\'\nnodes = ["h{n}"]\nform = ["mermaid", "plantuml"]\n'
        for n, label in enumerate(HOSTILE)
    )
    for form in ("mermaid", "plantuml"):
        model(here, f"[system]\ntitle = '{HOSTILE[0]}'\nesa_post = 1\ntext_form = \"{form}\"\n{nodes}{views}")
        publish(here, "--insert", "bottom", "--yes")
        text = text_of(here, "esa:1")
        assert text.startswith(OLD)
        page = Page(text)
        names = [tag for tag, _ in page.tags]
        assert names.count("img") == 1  # the one by hand
        assert [names.count(tag) for tag in ("details", "summary", "pre")] == [len(HOSTILE)] * 3
        assert set(names) == {"p", "img", "h2", "h3", "details", "summary", "pre", "code", "ul", "li"}
        assert {key for tag, found in page.tags for key in found if tag != "img"} <= {"class"}
        assert [word for word in ("@ono", "#12") if word in page.words] == []
        publish(here)
        assert sent(here) == (0, 0)


def test_an_address_counts_only_in_a_section_nobody_edited(here: Site) -> None:
    publish(here, "--insert", "bottom", "--dry-run")
    first(here)
    text = text_of(here, "esa:1")
    mark = next(line for line in text.splitlines() if "form=png" in line)
    evil = re.sub(r"url=\S+", "url=https://evil.example/x.png", mark)
    here.kb("undo", "last", "--yes")
    shutil.rmtree(here.folder / ".kb" / "runs")
    here.sandbox.edit("esa", "update", as_="sato", number=1, fields={"body_md": f"{evil}\n\n{OLD}"})
    publish(here, "--insert", "bottom", "--yes")
    assert sent(here) == (3, 1)
    assert text_of(here, "esa:1").count("evil.example") == 1


def test_a_secret_in_a_picture_is_refused_before_it_is_drawn(here: Site) -> None:
    model(here, MODEL.replace("入札 DB", "DB_PASSWORD=Momiji_" + "8841"))
    publish(here, "--insert", "top", "--yes", code=5)
    assert sent(here) == (0, 0)
    assert not (here.folder / "diagrams" / "pictures").exists()
    assert "Momiji" not in here.said


def test_a_post_the_internet_reads_gets_no_diagram(here: Site) -> None:
    here.sandbox.edit("esa", "share", number=1)
    publish(here, "--insert", "top", "--yes", code=5)
    assert sent(here) == (0, 0)
