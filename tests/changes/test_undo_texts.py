"""An undo puts back what stood there, whatever it looks like, and masked values only where somebody said so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from changes.site import Site, opened
from servers import Row, Sandbox

from kb.model.document import Markup
from kb.plan.sections.patch import refuse_secret
from kb.secrets.find import find_secrets_in

OLD, NEW = "検証/VPN/yamada.t", "設計/配信"
WORDS = ("VPN", "DB", "認証", "C++", "A=B", "foo(bar)", "Q&A", "imp#7", "x+y", "2025-01", "Team4", "100%", "yamada.t")


def links_to(category: str) -> str:
    """Links to a category as people write them, in prose and in code, on a page about signing in."""
    term = quote(category, safe="")
    return "\n".join(
        (
            f'ログイン情報: [{category}](/#path=%2F{term}) と in:{category} on:"{category}"、VPN の認証',
            f"- DB の接続情報 https://docs.esa.io/#path=%2F{term}、[一覧](/posts?q=in%3A%22{term}%22)",
            f"| [{category}](/#path=%2F{term}) | in:{category} |",
            f"`https://docs.esa.io/#path=%2F{term}` in:{category}",
            f"```\nssh login in:{category}\ncurl 'https://docs.esa.io/posts?q=in%3A{term}&page=1'\n```",
        )
    )


def post(number: int, category: str, body: str = "本文") -> Row:
    return {"number": number, "name": f"記事 {number}", "category": category, "body_md": body}


def test_categories_in_links_are_no_secrets() -> None:
    for one in WORDS:
        for other in WORDS:
            assert not find_secrets_in(links_to(f"{one}/{other}")), f"{one}/{other}"


# What a reader of no code would call a password stands in the path that is moved.
PAGE = "パスワードは in:検証/VPN/yamada.t「Zt7-" + "kupferdach-19」です\n"


@pytest.fixture
def site(
    sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Site:
    rows = [post(1, OLD), post(2, f"{OLD}/DB"), post(3, "案内", links_to(OLD)), post(4, "案内", PAGE)]
    return opened(sandbox("--profile", "nolimit", data=rows), tmp_path, monkeypatch, capsys)


def test_what_apply_wrote_undo_writes_back(site: Site) -> None:
    site.kb("plan", "move", "-o", "plan.toml", "--from", OLD, "--to", NEW)
    site.kb("review", "plan.toml", "--accept", "all")
    assert site.apply("--yes")["failed"] == 0
    assert NEW in str(site.post(3)["body_md"])
    assert "in:設計/配信「" in str(site.post(4)["body_md"])  # beside a password that stands there as before
    done = site.undo("last")
    assert (done["failed"], done["skipped"], done["stale"]) == (0, 0, 0)
    assert site.post(3)["body_md"] == links_to(OLD)
    assert site.post(4)["body_md"] == PAGE


def test_a_text_is_put_back_though_a_detector_takes_it_for_a_secret(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.kb("plan", "move", "-o", "plan.toml", "--from", OLD, "--to", NEW)
    site.kb("review", "plan.toml", "--accept", "all")
    site.apply("--yes")
    monkeypatch.setattr("kb.plan.sections.patch.refuse_secret", lambda *_, **__: pytest.fail("asked of an undo"))
    assert site.undo("last")["failed"] == 0
    assert site.post(3)["body_md"] == links_to(OLD)


def test_a_refusal_names_the_kind_and_the_line() -> None:
    text = "前書き\nDB のパスワード: Momiji_" + "8841\n"
    why = refuse_secret(text, "前書き\n", "", Markup.MARKDOWN)
    assert why is not None
    assert why.ja == "送る本文の 2 行目に秘密の値（パスワード）が入っているようなので、送りませんでした"
    assert why.en == "line 2 of the text seems to hold a secret (password), so it was not sent"


def test_a_value_that_stands_there_is_not_added() -> None:
    value = "Momiji_" + "8841"
    present = f"[手順](/#path=%2F旧) のパスワード: {value}\n"
    assert refuse_secret(present.replace("旧", "新"), present) is None
    assert refuse_secret(present.replace(value, "Kaede" + "#5520x"), present) is not None
