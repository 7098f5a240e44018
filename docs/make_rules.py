"""Makes docs/rules/ from the rules themselves: what is said of a rule stands beside what it does.

python docs/make_rules.py           tell what is not current; exit code 1 when something is
make pages                          write it
"""

from __future__ import annotations

import sys
from pathlib import Path

from kb.lint.formats.wording import SEVERITIES
from kb.model.document import Kind
from kb.rules import registry
from kb.rules.registry import Rule, rule_text

FOLDER = Path(__file__).parent / "rules"
FAMILIES = {
    "INC": "障害の記事",
    "PST": "記事",
    "TKT": "チケット",
    "SEC": "秘密",
    "PII": "個人情報",
    "SYS": "構成図",
    "KB": "本文に書く kb へのコメント",
}
KINDS = {
    Kind.POST: "esa の記事",
    Kind.COMMENT: "コメント",
    Kind.TICKET: "チケット",
    Kind.NOTE: "注記",
    Kind.WIKI: "Wiki",
    Kind.FILE: "ファイル",
    Kind.FIELD: "カスタムフィールド",
    Kind.ATTACHMENT: "添付ファイル",
}


def pages() -> dict[str, str]:
    """File name → text, for the index and for every rule."""
    known = registry.load_rules()
    return {"index.md": _index(known)} | {f"{rule.code}.md": _page(rule) for rule in known}


def _index(known: tuple[Rule, ...]) -> str:
    parts = ["# 規則", "端末では `kb explain` で一覧、`kb explain INC402` で 1 つの説明が出ます。"]
    for family in dict.fromkeys(rule.code.rstrip("0123456789") for rule in known):
        rows = ["| コード | 名前 | 重さ | |", "|---|---|---|---|"]
        rows += [
            f"| [{rule.code}]({rule.code}.md) | {rule.name} | {_severity(rule)} | {rule_text(rule).title.ja} |"
            for rule in known
            if rule.code.startswith(family)
        ]
        parts += [f"## {family}: {FAMILIES[family]}" if family in FAMILIES else f"## {family}", "\n".join(rows)]
    return "\n\n".join([*parts, _explained(known[-1])]) + "\n"


def _explained(rule: Rule) -> str:
    """The command that prints all this, as an example that runs."""
    return (
        "## kb explain\n\n"
        "コードか規則名を渡します。何も渡さなければ一覧です。\n\n"
        "```console\n"
        f"$ kb explain\n{rule.code} {rule.name} …\n"
        f"$ kb explain {rule.name}\n{rule.code} {rule.name}（{_severity(rule)}）\n{rule_text(rule).title.ja}\nなぜ\n"
        "```"
    )


def _page(rule: Rule) -> str:
    words = rule_text(rule)
    used = "使う" if rule.on else "使わない"
    seen = "、".join(name for kind, name in KINDS.items() if kind in rule.kinds) or "構成図のもと"
    fence, alone = ("markdown", f"kb lint --select {rule.code}") if rule.kinds else ("toml", "")
    only = f"この規則だけを見る: `{alone}`" if alone else "[kb diagram check](../diagram.md) が見ます"
    return "\n\n".join(
        [
            f"# {rule.code} {rule.name}",
            words.title.ja,
            f"| 重さ | 既定 | 見るもの |\n|---|---|---|\n| {_severity(rule)} | {used} | {seen} |",
            f"## なぜ\n\n{words.why.ja}",
            f"## 直す前\n\n```{fence}\n{words.bad.ja}\n```",
            f"## 直したあと\n\n```{fence}\n{words.good.ja}\n```",
            f"{only} · [規則の一覧](index.md)",
        ]
    ) + "\n"  # fmt: skip


def _severity(rule: Rule) -> str:
    return SEVERITIES[rule.severity][0].ja


def stale() -> list[str]:
    """Names of the files that are not what `pages` makes, those too many included."""
    made = pages()
    there = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    return sorted(name for name in made | there if made.get(name) != there.get(name))


def write() -> None:
    """Write what is not current, and remove pages of rules that are no more."""
    made = pages()
    FOLDER.mkdir(exist_ok=True)
    for name in stale():
        if name in made:
            (FOLDER / name).write_text(made[name], "utf-8")
        else:
            (FOLDER / name).unlink()


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    elif names := stale():
        sys.exit(f"docs/rules: {', '.join(names)} not current; run: make pages")
