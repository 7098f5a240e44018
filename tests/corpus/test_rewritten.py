"""Pages that mean the same are judged the same: the sets, rewritten as other people would have typed them.

No set holds all ways to write a page. So pages of the open sets are written in another way (line ends, bullets, heads,
tables pasted from a spreadsheet, fences left out, what people leave below a page) and judged again. The figures say
what share of the pages that a rewriting changes may be judged otherwise, so that it grows no more; beyond it one page
may be. `python tests/corpus/test_rewritten.py` counts them over all pages of the sets.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from kb.lint.engine import plugins
from kb.lint.engine.work import JudgeOrders, build_judge
from kb.lint.inputs import jsonl
from kb.model.document import Document, Kind, Markup
from kb.model.page import PagePolicy

Rewrite = Callable[[str], str]
HERE = Path(__file__).parent
INCIDENTS = ("incidents", "dossier", "annex", "bureau", "gazette")
CREDENTIALS = ("engineers", "foundry", "smithy", "saucer", "pottery", "secrets")
SAMPLE = 6
"""One page of so many is judged in each run."""

FENCE = re.compile(r"\s*(?:```|~~~)")
HEAD = re.compile(r"#{1,6}[ \t]+(.*?)[ \t]*#*")
RULED = re.compile(r"\s*\|[\s:|-]+\|\s*")


def outside_code(change: Callable[[str], str]) -> Rewrite:
    """The rewriting of the lines that stand in no fence."""

    def rewrite(body: str) -> str:
        out, inside = [], False
        for line in body.split("\n"):
            fence = FENCE.match(line) is not None
            inside ^= fence
            out.append(line if inside or fence else change(line))
        return "\n".join(out)

    return rewrite


def heads(form: str) -> Rewrite:
    """Headings in another decoration."""

    def change(line: str) -> str:
        found = HEAD.fullmatch(line)
        return form.format(found[1]) if found else line

    return outside_code(change)


def below(text: str) -> Rewrite:
    """A paragraph of its own at the end of the page."""
    return lambda body: f"{body.rstrip()}\n\n{text}\n"


def tables_with(separator: str) -> Rewrite:
    """Tables of bars as a spreadsheet pastes them."""

    def rewrite(body: str) -> str:
        lines = [line for line in body.split("\n") if not RULED.fullmatch(line)]
        cells = (line.strip() for line in lines)
        return "\n".join(
            separator.join(each.strip() for each in cell.strip("|").split("|"))
            if cell.startswith("|") and cell.endswith("|")
            else line
            for line, cell in zip(lines, cells, strict=True)
        )

    return rewrite


ANYWHERE: dict[str, tuple[Rewrite, float]] = {
    "carriage returns": (lambda body: body.replace("\n", "\r\n"), 0.0),
    "blanks at line ends": (outside_code(lambda line: f"{line}  " if line.strip() else line), 0.0),
    "stars for bullets": (outside_code(lambda line: re.sub(r"^(\s*)- ", r"\1* ", line)), 0.0),
    "no blank lines": (lambda body: re.sub(r"\n{2,}", "\n", body), 0.01),
    "full-width colons": (outside_code(lambda line: re.sub(r"(?<=[ぁ-んァ-ヶ一-龠]): ?", "：", line)), 0.0),
}
OF_INCIDENTS: dict[str, tuple[Rewrite, float]] = {
    "■ for #": (heads("■ {}"), 0.02),
    "□ for #": (heads("□ {}"), 0.02),
    "【】 for #": (heads("【{}】"), 0.02),
    "bold for #": (heads("**{}**"), 0.02),
    "numbered heads": (outside_code(lambda line: re.sub(r"^(#+) ", r"\1 1. ", line)), 0.01),
    "・ for bullets": (outside_code(lambda line: re.sub(r"^[-*] (?!\[)", "・", line)), 0.02),
    "a setting below": (below("MAX_CONN=200"), 0.02),
    "a command below": (below("$ systemctl status nginx"), 0.02),
    "a link below": (below("参考: https://wiki.example.jp/pages/123"), 0.03),
    "who wrote it below": (below("文責：佐藤"), 0.01),
    "its versions below": (below("---\n更新履歴\n- 2024-05-01 作成\n- 2024-05-02 追記"), 0.02),
    "copies below": (below("cc @sato @suzuki"), 0.01),
    "thanks below": (below("ご確認よろしくお願いします。"), 0.01),
    "a note below": (below("※ 本ページは社外秘です。"), 0.01),
    "a log below": (below("2024-05-10 10:20:11 ERROR upstream timed out"), 0.01),
}
OF_CREDENTIALS: dict[str, tuple[Rewrite, float]] = {
    "no fences": (lambda body: "\n".join("" if FENCE.match(line) else line for line in body.split("\n")), 0.06),
    "fences of tildes": (lambda body: re.sub(r"^```.*$", "~~~", body, flags=re.M), 0.0),
    "tables with tabs": (tables_with("\t"), 0.04),
    "tables with commas": (tables_with(","), 0.1),
    "inline code in corners": (lambda body: re.sub(r"`([^`\n]{1,60})`", r"「\1」", body), 0.02),
    "full-width brackets": (outside_code(lambda line: line.replace("(", "（").replace(")", "）")), 0.02),
}
CASES = [
    *((sets, name, change) for sets in (INCIDENTS, CREDENTIALS) for name, change in ANYWHERE.items()),
    *((INCIDENTS, name, change) for name, change in OF_INCIDENTS.items()),
    *((CREDENTIALS, name, change) for name, change in OF_CREDENTIALS.items()),
]


@cache
def judge() -> Callable[[Document], Counter[str]]:
    rules = plugins.load_all_rules(plugins.NO_EXTRAS).rules
    codes = tuple(rule.code for rule in rules if rule.code.startswith(("INC", "SEC")) and rule.code != "INC105")
    judged = build_judge(JudgeOrders(codes, PagePolicy(), whole=False))  # INC105 is about headings

    def told(document: Document) -> Counter[str]:
        judgement = judged(document)
        found = Counter(finding.code for finding in judgement.findings)
        found["incident"] = int(judgement.entry.is_incident)
        return found

    return told


@cache
def pages(sets: tuple[str, ...], step: int) -> list[tuple[Document, Counter[str]]]:
    """Some of the Markdown pages of sets, and what is told of each as it stands."""
    every = [
        document
        for name in sets
        for document in jsonl.read_jsonl(str(HERE / name / "docs.jsonl"), lambda error: None)
        if document.markup is Markup.MARKDOWN and document.kind not in (Kind.COMMENT, Kind.NOTE)
    ]
    return [(document, judge()(document)) for document in every[::step]]


def judged_otherwise(sets: tuple[str, ...], rewrite: Rewrite, step: int) -> Iterator[bool]:
    """Whether each page that a rewriting changes is judged otherwise."""
    for document, told in pages(sets, step):
        body = rewrite(document.body)
        if body != document.body:
            yield judge()(replace(document, body=body)) != told


@pytest.mark.parametrize(("sets", "name", "change"), CASES, ids=[f"{sets[0]}, {name}" for sets, name, _ in CASES])
def test_a_page_written_otherwise_is_judged_alike(
    sets: tuple[str, ...], name: str, change: tuple[Rewrite, float]
) -> None:
    rewrite, most = change
    otherwise = list(judged_otherwise(sets, rewrite, SAMPLE))
    assert len(otherwise) >= 5, name
    assert sum(otherwise) <= most * len(otherwise) + 1, f"{name}: {sum(otherwise)} of {len(otherwise)}"


if __name__ == "__main__":
    for sets, name, (rewrite, _) in CASES:
        every = list(judged_otherwise(sets, rewrite, 1))
        sys.stdout.write(f"{sets[0]:10} {name:24} {sum(every):4} of {len(every):4}\n")
