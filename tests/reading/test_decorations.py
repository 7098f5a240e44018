"""Signs that set a section's name apart, and names a team gives its sections: neither may change what is read.

`APART` are lines of their own, `IN_FRONT` stand on the line of the text. A name of a case that begins with `!` is a
known miss, and so is a case of `MISSES`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from together import together

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Facts, Role, Verdict
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts

Parts = tuple[str, str, str, str]
BARE = (
    "10/2 21:40 から会員サイトにログインできなかった",
    ("認証サーバが応答しなくなっていた",),
    ("認証サーバを立ち上げ直した",),
    ("未定",),
)
GOOD = (
    "10/2 21:40 から会員サイトにログインできなかった",
    ("夜間のバックアップと再索引が同じ時刻に走り、接続を使い切ったため。",),
    ("再索引の時刻を 4 時に変更した",),
    ("接続数が 8 割を超えたら通知する（宮本、11/1 まで）", "バックアップ専用の接続を分ける（岸、11/8 まで）"),
)
KNOWN: Parts = ("事象", "原因", "対応", "再発防止")
APART = {
    "white lenticular": "〖{}〗",
    "white tortoise": "〘{}〙",
    "angle pair": "＜{}＞",
    "ascii angle": "<< {} >>",
    "double corner": "『{}』",
    "corner": "「{}」",
    "curly": "｛{}｝",
    "dashes around": "―― {} ――",
    "hyphens around": "--- {} ---",
    "hyphens around, tight": "-----{}-----",
    "equals around": "==== {} ====",
    "one equal around": "= {} =",
    "tildes around": "～～ {} ～～",
    "waves around": "〜{}〜",
    "stars around": "★{}★",
    "black stars around": "☆★ {} ★☆",
    "diamonds around": "◆{}◆",
    "diamonds around, blanks": "◇◆ {} ◆◇",
    "asterisks around": "*** {} ***",
    "hashes around": "### {} ###",
    "dots around": "・・・{}・・・",
    "middle dots": "··· {} ···",
    "box lines around": "━━━ {} ━━━",
    "pipes": "｜{}｜",
    "one pipe in front": "｜{}",
    "plus": "+ {}",
    "greater": ">> {}",
    "guillemet": "» {}",
    "pointing": "▷ {}",
    "pencil": "✎ {}",
    "section sign": "§ {}",
    "pilcrow": "¶ {}",
    "exclamation": "！{}",
    "tick in front": "✓ {}",
    "roman": "Ⅲ. {}",
    "small roman": "iii) {}",
    "letter": "C. {}",
    "kanji number": "三．{}",
    "kanji in brackets": "（三）{}",
    "circled kanji": "㊂ {}",
    "step": "【3】{}",
    "number in angle": "<3> {}",
    "dotted number": "3．1 {}",
    "number dash": "3- {}",
    "number colon": "3: {}",
    "item": "項目3　{}",
    "trailing colon and bold": "**{}:**",
    "underscores": "__{}__",
    "code": "`{}`",
    "bold in brackets": "【**{}**】",
    "bold question": "**{}？**",
    "small heading": "###### {}",
    "indented": "  {}：",
    "definition": "{}::",
    "with について": "■ {}について",
    "with a count": "■ {}（1/2）",
    "with the team": "■ {}（基盤）",
    "with as of": "■ {}（10/3 時点）",
    "under": "<u>{}</u>",
    "strong": "<strong>{}</strong><br>",
    "coloured": '<font color="red">{}</font>',
    "paragraph": "<p><b>{}</b></p>",
    "h5": "<h5>{}</h5>",
    "legend": "<legend>{}</legend>",
    "diamonds around, doubled": "◆◆ {} ◆◆",
    "squares around": "■■■ {} ■■■",
    "triangles around": "▼{}▼",
    "wide hashes around": "＃＃＃　{}　＃＃＃",
    "wide asterisks": "＊{}＊",
    "wide asterisks, doubled": "＊＊{}＊＊",
    "wide sharp brackets": "＜＜{}＞＞",
    "wide equals around": "＝＝＝{}＝＝＝",
    "underline of equals, wide": "{}\n＝＝＝＝＝",
    "underline of waves": "{}\n〜〜〜〜〜〜",
    "underline of dots": "{}\n・・・・・・",
    "underline of two dashes": "{}\n--",
    "underline of asterisks": "{}\n*****",
    "over and under": "=====\n{}\n=====",
    "rules around": "---\n\n{}\n\n---",
    "emoji at both ends": "🔥 {} 🔥",
    "short code and bold": ":mag: **{}**",
    "short code behind": "**{}** :mag:",
    "emoji in brackets": "【🔍{}】",
    "emoji and colon": "🔍{}：",
    "number in brackets, bold": "**（２）{}**",
    "number and lenticular": "２．【{}】",
    "circled number and bold": "**② {}**",
    "big number": "2️⃣ {}",
    "number in tortoise": "〔２〕{}",
    "number with の": "その2 {}",
    "roman, wide": "Ⅱ　{}",
    "letter, wide": "Ｂ．{}",
    "chapter": "第２章　{}",
    "section number": "§2. {}",
    "bold italic": "***{}***",
    "bold italic underscores": "___{}___",
    "bold heading": "## **{}**",
    "heading in code": "## `{}`",
    "heading with link": "## [{}](#a)",
    "heading with anchor": '## <a name="a"></a>{}',
    "heading with brackets": "## 【{}】",
    "heading with square": "### ■ {}",
    "heading with english": "## {} (Section)",
    "heading with english in front": "## Part: {}",
    "h2 in paragraph": "<p><h2>{}</h2></p>",
    "h2 with class": '<h2 class="title" id="x">{}</h2>',
    "h3 over two lines": "<h3>\n{}\n</h3>",
    "h4 with strong": "<h4><strong>{}</strong></h4>",
    "div and bold": "<div><b>{}</b></div>",
    "span with style": '<span style="font-size:120%">{}</span>',
    "big": "<big>{}</big>",
    "mark": "<mark>{}</mark>",
    "ticks around": "＊ {} ＊",
    "arrow and colon": "→ {}：",
    "hyphen and bold colon": "- **{}**：",
    "star bullet bold": "* **{}**",
    "colon in front": "：{}：",
    "blanks between letters": "【 {} 】",
    "with dotted leader": "{}‥‥‥‥",
    "half of a box": "┃ {}",
    "box": "┌─────┐\n│ {} │\n└─────┘",
    "bold over colon, wide": "**{}**　：",
    "question and number": "Q2. {}は？",
    "with as follows": "{}は以下のとおり",
    "with as follows and colon": "{}は次の通りです：",
    "with filler behind": "■ {}（※必須）",
    "with writer": "■ {}（記入：宮本）",
    "with day": "■ {}（10/3 追記）",
    "with required": "■ {} *",
    "with required, bold": "**{}** (必須)",
    "wide blanks around": "　{}　",
    "geta": "〓 {} 〓",
    "zero": "〇{}",
    "roman, no blank": "Ⅰ{}",
    "curved quotes": "“{}”",
    "centred": "<center>{}</center>",
    "underline of carets": "{}\n^^^^",
    "white square": "□ {}",
    "white square, no blank": "□{}",
    "corners": "◤{}◢",
    "in a summary": "<summary>{}</summary>",
}
IN_FRONT = {
    "ellipsis": "● {} … {}",
    "two ellipses": "{}……{}",
    "colons around": "::{}:: {}",
    "bars around": "‖{}‖ {}",
    "tildes around": "〜{}〜 {}",
    "wide slash": "{}／{}",
    "one blank": "{} {}",
    "long dash": "{} ── {}",
    "em dash": "{}—{}",
    "horizontal bar": "{} ― {}",
    "spaced hyphen": "{} - {}",
    "arrow": "{} ⇒ {}",
    "thin arrow": "{}→{}",
    "ascii arrow": "{} -> {}",
    "ascii fat arrow": "{} => {}",
    "triangle": "{} ▶ {}",
    "greater": "{} > {}",
    "two greater": "{}＞＞{}",
    "equals": "{} = {}",
    "wide equals": "{}＝{}",
    "slash": "{} ／ {}",
    "pipe": "{} | {}",
    "tab": "{}\t{}",
    "wide blanks": "{}　　{}",
    "marked wide blank": "○{}　{}",
    "bracket": "[{}] {}",
    "lenticular": "【{}】{}",
    "white lenticular": "〖{}〗{}",
    "round": "（{}）{}",
    "corner": "「{}」{}",
    "double corner": "『{}』 {}",
    "angle": "＜{}＞{}",
    "double angle": "≪{}≫{}",
    "bold": "**{}** {}",
    "bold stop": "**{}.** {}",
    "bold dash": "**{}** — {}",
    "italic": "_{}_ {}",
    "code": "`{}` {}",
    "dot list": "・{}：{}",
    "dot list, blank": "・{}　{}",
    "dash list bold": "- **{}** {}",
    "number": "3. {}：{}",
    "number dash": "3) {} - {}",
    "は": "{}は、{}",
    "colon equal": "{} := {}",
    "semicolon": "{}；{}",
    "colon in quotes": '"{}": {}',
    "yaml": "{}: >\n  {}",
    "asciidoc": "{}:: {}",
    "strong": "<b>{}</b> {}",
    "under": "<u>{}</u>：{}",
    "two dots": "{} ‥ {}",
    "bullet star": "★{}：{}",
    "leaders": "{}……………{}",
    "bold leaders": "**{}** ……{}",
    "wide colon and blanks": "{}　：　{}",
    "emoji": "🔧 {}：{}",
    "short code": ":wrench: {}: {}",
    "short code, bold": ":wrench: **{}**: {}",
    "tick and colon": "✔ {}: {}",
    "number, wide, and wide blank": "（２）{}　{}",
    "number and lenticular": "２．【{}】{}",
    "lenticular and colon": "【{}】：{}",
    "square and colon": "■{}：{}",
    "square, bold": "■ **{}**：{}",
    "small": "<small>{}</small>：{}",
    "italic, asterisks": "*{}*: {}",
    "arrow in front": "→{}：{}",
    "two colons": "{}：：{}",
    "minus": "{} − {}",
    "wide hyphen": "{}－{}",
    "tilde": "{} 〜 {}",
    "bar, wide": "｜{}｜{}",
    "item over item": "- {}\n    - {}",
    "number over line": "2. {}\n   {}",
    "definition": "{}\n:   {}",
    "dl": "<dl><dt>{}</dt><dd>{}</dd></dl>",
    "dl with bold": "<dl>\n<dt><b>{}</b></dt>\n<dd>{}</dd>\n</dl>",
    "dotted quote": "> **{}**：{}",
    "details": "<details open><summary><b>{}</b></summary>\n\n{}\n\n</details>",
    "with は and the end": "{}は「{}」です。",
    "tab and colon": "{}:\t{}",
    "middle dots": "{}・・・{}",
    "としては": "{}としては、{}",
    "quoted in a list": "・「{}」：{}",
    "indented below": "{}\n    {}",
    "yaml, block": "{}: |\n  {}",
    "json": '"{}": "{}",',
}


def page(
    parts: Parts, told: tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]], form: str, *, apart: bool
) -> str:
    said = ((told[0],), *told[1:])
    if apart:
        return "\n\n".join(
            form.format(name) + "\n" + "\n".join(lines if len(lines) == 1 else (f"・{line}" for line in lines))
            for name, lines in zip(parts, said, strict=True)
        )
    return "\n".join(form.format(name, "　".join(lines)) for name, lines in zip(parts, said, strict=True))


def facts(body: str, category: str = "障害/2025") -> Facts:
    document = Document(
        "x", Source.ESA, Kind.POST, "会員サイトにログインできない", body, Markup.MARKDOWN, category=category
    )
    return read_facts(document, PagePolicy())


def verdicts(body: str) -> tuple[Verdict, ...]:
    found = {fact.role: fact.verdict for fact in facts(body).roles}
    return tuple(found.get(role, Verdict.MISSING) for role in (Role.CAUSE, Role.FIX, Role.PREVENTION))


WANTED = {"bare": (Verdict.SHALLOW, Verdict.RESTART, Verdict.PLACEHOLDER), "good": (Verdict.CONCRETE,) * 3}
TOLD = {"bare": BARE, "good": GOOD}


MISSES = {"read": (), "told": ()}


def cases(forms: dict[str, str], misses: str = "read") -> list[object]:
    return [
        pytest.param(
            form,
            which,
            marks=[pytest.mark.xfail(strict=True, reason="a known miss")]
            if name.startswith("!") or f"{name}: {which}" in MISSES[misses]
            else [],
            id=f"{name.removeprefix('!')}: {which}",
        )
        for name, form in forms.items()
        for which in ("bare", "good")
    ]


@together(("form", "which"), cases(APART))
def test_a_sign_around_a_name_opens_a_section(form: str, which: str) -> None:
    body = page(KNOWN, TOLD[which], form, apart=True)
    assert verdicts(body) == WANTED[which], body


@together(("form", "which"), cases(IN_FRONT))
def test_a_sign_between_a_name_and_its_text_opens_a_section(form: str, which: str) -> None:
    body = page(KNOWN, TOLD[which], form, apart=False)
    assert verdicts(body) == WANTED[which], body


@together(("form", "which"), [*cases(APART, "told"), *cases(IN_FRONT, "told")])
def test_a_page_is_an_incident_in_any_decoration_and_without_a_place(form: str, which: str) -> None:
    body = page(KNOWN, TOLD[which], form, apart=form in APART.values())
    assert facts(body, category="開発/2026").is_incident, body


FAMILIES = (Path(__file__).parent / "families.txt").read_text(encoding="utf-8").splitlines()
FORMS = ("## {}", "■ {}", "**{}**")


def families() -> list[object]:
    return [
        pytest.param(
            tuple(name.strip() for name in line.removeprefix("!").split("|")),
            marks=[pytest.mark.xfail(strict=True, reason="a known miss")] if line.startswith("!") else [],
            id=line.removeprefix("!"),
        )
        for line in FAMILIES
    ]


@together("parts", families())
def test_sections_by_names_of_a_teams_own_are_found(parts: Parts) -> None:
    found = {(form, which): verdicts(page(parts, TOLD[which], form, apart=True)) for form in FORMS for which in TOLD}
    assert found == {(form, which): WANTED[which] for form, which in found}
