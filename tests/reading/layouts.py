# ruff: noqa: E501
"""The many shapes one incident page is written in: each layout is a function of the same content.

`Told` is what a page says; the layouts are how. Headings vary with the layout, so that no test
passes because one list of headings does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kb.model.document import Markup


@dataclass(frozen=True)
class Told:
    """What an incident page says, in the smallest parts."""

    summary: str
    cause: tuple[str, ...]
    fix: tuple[str, ...]
    prevention: tuple[str, ...]


Layout = Callable[[Told], str]
LAYOUTS: dict[str, tuple[Layout, Markup]] = {}


def layout(name: str, markup: Markup = Markup.MARKDOWN) -> Callable[[Layout], Layout]:
    def register(made: Layout) -> Layout:
        LAYOUTS[name] = (made, markup)
        return made

    return register


def bullets(lines: tuple[str, ...], mark: str = "- ") -> str:
    return "\n".join(mark + line for line in lines)


def headed(told: Told, names: tuple[str, str, str, str], head: str, list_mark: str = "- ", gap: str = "\n") -> str:
    parts = zip(names, ((told.summary,), told.cause, told.fix, told.prevention), strict=True)
    return "\n\n".join(
        head.format(name) + gap + (lines[0] if len(lines) == 1 else bullets(lines, list_mark)) for name, lines in parts
    )


for number, (name, head, names) in enumerate(
    (
        ("atx levels", "#### {}", ("起きたこと", "なぜ起きたのか", "どうやって直したか", "二度と起こさないために")),
        ("trailing hashes", "## {} ##", ("現象", "真因", "処置内容", "未然防止策")),
        ("numbered heading", "## 3-2. {}", ("症状", "障害の原因", "復旧作業", "改善策")),
        ("circled heading", "### ③ {}", ("事象", "原因について", "対処内容", "予防策")),
        ("emoji heading", "## :fire: {}", ("概要", "根本原因", "復旧方法", "今後のアクション")),
        ("unicode emoji", "# 🔥 {}：", ("問題", "要因", "解消方法", "再発予防")),
        ("colon heading", "## {}：", ("何が起きたか", "直接の原因", "どう対応したか", "次回に向けて")),
        ("bold", "**{}**\n", ("発生した事象", "発生要因", "実施した対応", "再発させないために")),
        ("bold colon", "**{}**：", ("概況と概要", "原因分析", "修正内容", "再発防止の取り組み")),
        ("bold mark", "**■ {}**", ("事象", "原因", "対応", "再発防止")),
        ("black square", "■{}", ("事象", "原因（根本）", "対応内容", "再発防止（横展開含む）")),
        ("diamond", "◆ {}", ("トラブル内容", "障害原因", "復旧手順", "今後の予防策")),
        ("circle", "●{}：", ("内容", "原因調査結果", "対処", "再発防止案")),
        ("triangle", "▼{}", ("サマリー", "原因", "対応", "アクションアイテム")),
        ("lenticular", "【{}】", ("障害概要", "原因究明", "応急処置", "再発防止に向けて")),
        ("square brackets", "[{}]", ("事象", "原因", "対応", "再発防止策")),
        ("double angle", "《{}》", ("現象", "発生原因", "解決策", "是正予防処置")),
        ("single angle", "〈{}〉", ("現象", "主原因", "解決方法", "今後の再発防止策")),
        ("tortoise shell", "〔{}〕", ("不具合内容", "不具合の原因", "不具合の対処", "再発防止対策")),
        ("asterisk mark", "※{}", ("事象", "原因", "対応", "再発防止")),
        ("setext", "{}\n======", ("概要", "原因", "対応", "再発防止策")),
        ("setext dashes", "{}\n------", ("概要", "原因", "対応", "再発防止策")),
        ("full-width hash", "＃＃ {}", ("概要", "原因", "対応", "再発防止策")),
        ("hash without space", "##{}", ("概要", "原因", "対応", "再発防止策")),
        (
            "bilingual",
            "## {}",
            ("Summary / 概要", "Root Cause / 根本原因", "Resolution / 対応", "Prevention / 再発防止"),
        ),
        ("english", "## {}", ("What happened", "Root cause", "How we fixed it", "Action items")),
        (
            "english questions",
            "## {}",
            (
                "What happened?",
                "Why did it happen?",
                "How did we fix it?",
                "How do we prevent this from happening again?",
            ),
        ),
        ("html heading", "<h3>{}</h3>\n", ("概要", "原因", "対応", "再発防止")),
        ("html bold", "<b>{}</b><br>", ("概要", "原因", "対応", "再発防止")),
        ("underlined", "{}\n────────", ("概要", "原因", "対応", "再発防止")),
        ("plain line", "{}\n", ("概要", "原因", "対応", "再発防止")),
        ("numbered line", "１．{}", ("概要", "原因", "対応", "再発防止")),
        ("circled line", "① {}", ("概要", "原因", "対応", "再発防止")),
        ("bracket number", "(1) {}", ("概要", "原因", "対応", "再発防止")),
    )
):
    layout(name)(lambda told, head=head, names=names: headed(told, names, head))
    if number % 3 == 0:
        layout(name + ", dots")(lambda told, head=head, names=names: headed(told, names, head, "・"))
    if number % 4 == 0:
        layout(name + ", gap")(lambda told, head=head, names=names: headed(told, names, head, gap="\n\n"))


@layout("definition lines")
def _(told: Told) -> str:
    return "\n".join(
        (
            f"事象：{told.summary}",
            "原因：" + "".join(told.cause),
            "対応：" + "".join(told.fix),
            "再発防止：" + "、".join(told.prevention),
        )
    )


@layout("definition lines, text below")
def _(told: Told) -> str:
    return f"現象：\n{told.summary}\n\n根本原因：\n{bullets(told.cause, '')}\n\n対処：\n{bullets(told.fix, '')}\n\n今後の対策：\n{bullets(told.prevention, '・')}"


@layout("list of keys")
def _(told: Told) -> str:
    rows = (
        ("概要", (told.summary,)),
        ("発生原因", told.cause),
        ("対応内容", told.fix),
        ("再発防止策", told.prevention),
    )
    return "\n".join(f"- {key}\n" + "\n".join(f"    - {line}" for line in lines) for key, lines in rows)


@layout("list of bold keys")
def _(told: Told) -> str:
    rows = (("概要", (told.summary,)), ("原因", told.cause), ("対処", told.fix), ("予防策", told.prevention))
    return "\n".join(
        f"* **{key}**：{''.join(lines) if len(lines) == 1 else ''}"
        + ("" if len(lines) == 1 else "\n" + "\n".join(f"  * {line}" for line in lines))
        for key, lines in rows
    )


@layout("numbered list with bodies")
def _(told: Told) -> str:
    rows = (("概要", (told.summary,)), ("原因", told.cause), ("対応", told.fix), ("再発防止", told.prevention))
    return "\n".join(
        f"{number}. {key}\n\n" + "\n".join(f"   {line}\n" for line in lines)
        for number, (key, lines) in enumerate(rows, 1)
    )


@layout("parenthesis list")
def _(told: Told) -> str:
    rows = (("事象", (told.summary,)), ("原因", told.cause), ("処置", told.fix), ("再発防止", told.prevention))
    return "\n".join(
        f"{number}) {key}\n" + "\n".join(f"   - {line}" for line in lines)
        for number, (key, lines) in enumerate(rows, 1)
    )


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


@layout("two columns")
def _(told: Told) -> str:
    rows = (
        ("発生事象", (told.summary,)),
        ("推定原因", told.cause),
        ("対応", told.fix),
        ("再発防止策", told.prevention),
    )
    return "\n".join(
        [
            _row("項目", "内容"),
            _row("---", "---"),
            *(_row(key, "<br>".join(f"・{line}" for line in lines)) for key, lines in rows),
        ]
    )


@layout("two columns, key header")
def _(told: Told) -> str:
    rows = (("原因", told.cause), ("対応", told.fix), ("再発防止策", told.prevention))
    return "\n".join(
        [
            _row("事象", told.summary),
            _row(":--", ":--"),
            *(_row(f"**{key}**", "<br/>".join(lines)) for key, lines in rows),
        ]
    )


@layout("three columns")
def _(told: Told) -> str:
    rows = (("概要", (told.summary,)), ("原因", told.cause), ("対応", told.fix), ("再発防止", told.prevention))
    return "\n".join(
        [
            _row("項目", "記載内容", "記入者"),
            _row("-", "-", "-"),
            *(_row(key, "<br>".join(lines), "大野") for key, lines in rows),
        ]
    )


@layout("numbers before keys")
def _(told: Told) -> str:
    rows = (("概要", (told.summary,)), ("原因", told.cause), ("対応", told.fix), ("再発防止", told.prevention))
    return "\n".join(
        [
            _row("No", "項目", "内容"),
            _row("-", "-", "-"),
            *(_row(str(n), key, "<br>".join(lines)) for n, (key, lines) in enumerate(rows, 1)),
        ]
    )


@layout("sections as columns")
def _(told: Told) -> str:
    return "\n".join(
        [
            _row("事象", "原因", "対応", "再発防止策"),
            _row("-", "-", "-", "-"),
            _row(told.summary, *("<br>".join(lines) for lines in (told.cause, told.fix, told.prevention))),
        ]
    )


@layout("key rows")
def _(told: Told) -> str:
    rows = (("事象", (told.summary,)), ("原因", told.cause), ("対応", told.fix), ("再発防止策", told.prevention))
    first, *rest = rows
    return "\n".join(
        [
            _row(first[0]),
            _row("---"),
            _row("<br>".join(first[1])),
            *(_row(cell) for key, lines in rest for cell in (key, "<br>".join(lines))),
        ]
    )


@layout("details")
def _(told: Told) -> str:
    rows = (("概要", (told.summary,)), ("原因", told.cause), ("対応", told.fix), ("再発防止", told.prevention))
    return "\n\n".join(f"<details><summary>{key}</summary>\n\n{bullets(lines)}\n\n</details>" for key, lines in rows)


@layout("definition list")
def _(told: Told) -> str:
    rows = (("概要", (told.summary,)), ("原因", told.cause), ("対応", told.fix), ("再発防止", told.prevention))
    return "<dl>\n" + "\n".join(f"<dt>{key}</dt><dd>{'<br>'.join(lines)}</dd>" for key, lines in rows) + "\n</dl>"


@layout("html table")
def _(told: Told) -> str:
    rows = (("概要", (told.summary,)), ("原因", told.cause), ("対応", told.fix), ("再発防止", told.prevention))
    return (
        "<table>\n"
        + "\n".join(f"<tr><th>{key}</th><td>{'<br>'.join(lines)}</td></tr>" for key, lines in rows)
        + "\n</table>"
    )


@layout("quoted report")
def _(told: Told) -> str:
    body = headed(told, ("概要", "原因", "対応", "再発防止"), "## {}")
    return "展開します。\n\n" + "\n".join(f"> {line}" for line in body.splitlines())


@layout("nested headings")
def _(told: Told) -> str:
    return f"# 障害報告\n\n## 概要\n{told.summary}\n\n## 詳細\n\n### 技術的要因\n{bullets(told.cause)}\n\n### 復旧対応\n{bullets(told.fix)}\n\n## 今後\n\n### 再発防止\n{bullets(told.prevention)}"


@layout("textile headings", Markup.TEXTILE)
def _(told: Told) -> str:
    return f"h2. 概要\n\n{told.summary}\n\nh2. 原因\n\n{bullets(told.cause, '* ')}\n\nh2. 対応\n\n{bullets(told.fix, '* ')}\n\nh2. 再発防止策\n\n{bullets(told.prevention, '* ')}"


@layout("textile headings, no gaps", Markup.TEXTILE)
def _(told: Told) -> str:
    return f"h3(#a). 現象\n{told.summary}\nh3. 根本原因\n{bullets(told.cause, '# ')}\nh3. 処置\n{bullets(told.fix, '# ')}\nh3. 予防策\n{bullets(told.prevention, '# ')}"


@layout("textile table", Markup.TEXTILE)
def _(told: Told) -> str:
    rows = (("概要", (told.summary,)), ("原因", told.cause), ("対応", told.fix), ("再発防止", told.prevention))
    return "\n".join(f"|_. {key} |{' '.join(lines)}|" for key, lines in rows)


@layout("textile bold", Markup.TEXTILE)
def _(told: Told) -> str:
    rows = (("事象", (told.summary,)), ("原因", told.cause), ("対応", told.fix), ("再発防止", told.prevention))
    return "\n\n".join(f"*{key}*\n{bullets(lines, '* ')}" for key, lines in rows)


@layout("textile definitions", Markup.TEXTILE)
def _(told: Told) -> str:
    rows = (("事象", (told.summary,)), ("原因", told.cause), ("対応", told.fix), ("再発防止", told.prevention))
    return "\n".join(f"- {key} := {' '.join(lines)}" for key, lines in rows)
