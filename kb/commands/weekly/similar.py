"""`kb similar`: past incidents like this one, for whoever is on call."""

from __future__ import annotations

import shlex
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kb.clock import lint_time
from kb.commands.registry import argument, command, option
from kb.console.terminal import say, say_error, say_safe
from kb.errors import Exit, InputError, UsageError
from kb.settings.workspace import Workspace, open_workspace
from kb.text.display import sanitize_json
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.mirror.store import Mirror
    from kb.reports.incidents.similar import SimilarFound, SimilarQuery, SimilarSearch

_ROWS = 5
_MOST_ROWS = 20


class SimilarFormat(StrEnum):
    """How what was found is written. JSONL: one object a query of a file."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


@command(
    "similar",
    t("似た過去の障害を探す", "find past incidents like this one"),
    example="kb similar 配信が止まった batch-02 OOM\nkb similar esa:1397\nkb similar redmine:8840 --format json",
)
def similar(
    query: Annotated[
        list[str] | None,
        argument(
            "[QUERY|ID]",
            t(
                "起きていることの言葉、またはエラー文。あるいは記事やチケット（esa:1397、redmine:45、URL）",
                "what happens, in words, or an error text; or a post or ticket (esa:1397, redmine:45, a URL)",
            ),
        ),
    ] = None,
    format: Annotated[
        SimilarFormat, option("--format", t("出力の形", "how to write"), show_default=True)
    ] = SimilarFormat.TEXT,
    input: Annotated[
        str | None,
        option(
            "--input FILE.jsonl",
            t(
                "写しでなく、このファイルの文書から探す（1 行 1 件）",
                "search these documents, one a line, not the mirror",
            ),
        ),
    ] = None,
    queries: Annotated[
        str | None,
        option(
            "--queries FILE.jsonl",
            t(
                "探すことを 1 行 1 件で（id と query、または doc）",
                "what to search for, one a line (id and query, or doc)",
            ),
        ),
    ] = None,
) -> None:
    """Search the mirror for incidents like a query, a page or a ticket, or the pages of a file for many queries."""
    words = " ".join(query or ()).strip()
    if input is not None or queries is not None:
        code = _rank_given(input, queries, words, format)
        raise typer.Exit(code)
    if format is SimilarFormat.JSONL:
        raise UsageError(
            t("--format jsonl は --input と --queries に使います。", "--format jsonl goes with --input and --queries."),
            t("1 つの問い合わせなら --format json です。", "for one query use --format json."),
        )
    workspace = open_workspace()
    found, asked = _search(workspace, words, _ROWS if format is SimilarFormat.TEXT else _MOST_ROWS)
    if format is SimilarFormat.JSON:
        from kb.reports.incidents.similar_render import build_json
        from kb.secrets.mask_document import mask_text

        print(sanitize_json(build_json(mask_text(words), found), indent=1))
    else:
        _print(asked, found)
    for note in found.notes:
        say_safe(note)


def _search(workspace: Workspace, words: str, limit: int) -> tuple[SimilarFound, SimilarQuery]:
    from dataclasses import replace

    from kb.console.progress import Meter
    from kb.lint.cache import compiled
    from kb.lint.waivers.set_aside import DecisionFile
    from kb.mirror.store import Mirror
    from kb.reports.incidents.similar import SimilarSearch, index_request, refresh_index, require_words
    from kb.reports.model_nodes import load_model_nodes
    from kb.rules.codes import enabled_personal_kinds

    settings = workspace.settings
    compiled.load_patterns()
    request = index_request(workspace, enabled_personal_kinds(settings.lint.select, settings.lint.ignore))
    doc = _parse_document(words)
    asked = None if doc else require_words(words)  # before anything is read
    with Meter(str(t("障害の索引", "index of incidents"))) as meter:
        note = refresh_index(workspace, request, meter.step)
    with Mirror.open(workspace.mirrored(), readonly=True) as mirror:
        model = load_model_nodes(workspace.root, settings.host_names)
        today = lint_time("", settings.timezone).date()
        answers = DecisionFile.of(workspace).decisions().answers() if doc else {}
        searched = SimilarSearch(workspace, mirror, request, today, model, answers)
        asked = asked or _read_page(searched, mirror, words, doc)
        found = searched.find(asked, limit)
    compiled.save_patterns()
    return (replace(found, notes=(note, *found.notes)) if note else found), asked


def _parse_document(words: str) -> str:
    """Return the id of the document that the words name, "" where they are words."""
    from kb.sources.registry import parse_typed, source_kinds

    if not words or any(map(str.isspace, words)):
        return ""
    name = parse_typed(words)
    source, colon, key = words.partition(":")
    return name if name != words or (colon and key and source in {kind.source.value for kind in source_kinds()}) else ""


def _read_page(searched: SimilarSearch, mirror: Mirror, words: str, doc: str) -> SimilarQuery:
    from kb.lint.inputs.mirrored import missing_document
    from kb.reports.incidents.similar import require_words

    page = next((each for each in mirror.documents(doc=doc) if each.document.part == "body"), None)
    if page is not None:
        return searched.read_page(page)
    if words.isdecimal():  # 504 is what a load balancer says, too
        return require_words(words)
    raise missing_document(mirror, words, doc)


def _print(asked: SimilarQuery, found: SimilarFound) -> None:
    from kb.reports.incidents.similar_render import render_text

    for line in render_text(found):
        print(line)
    if not found.incidents:
        say(t("似た障害は見つかりませんでした。", "no similar incident was found."))
        say(
            t(
                "→ エラー文やホスト名を入れるか、語を変えてください。本文の語で探すなら kb search",
                "→ add an error text or a host name, or other words. By the words of pages: kb search",
            )
        )
        return
    some = found.incidents
    created = any(card.day and not card.dated for card in some)
    star = t("（* は作成日）", " (*: day of creation)") if created else t("", "")
    say(t(f"似た障害 {len(some):,} 件{star.ja}。", f"{len(some):,} similar{star.en}."))
    say(f"→ kb show {shlex.quote(str(some[0].doc))}")


def _rank_given(input: str | None, queries: str | None, words: str, format: SimilarFormat) -> int:
    """Print the results of each query of a file, or of the words, on the pages of a file; return an exit code."""
    from kb.lint.inputs.jsonl import read_jsonl
    from kb.model.page import PagePolicy
    from kb.reports.incidents.similar_given import GivenPages, GivenQuery, read_queries

    if input is None:
        raise UsageError(
            t("--queries は --input と一緒に使います。", "--queries goes with --input."),
            t("--input に文書のファイルを指定してください。", "name the file of documents with --input."),
        )
    if (queries is None) == (not words):
        raise UsageError(
            t("探すことが、1 つも、または二重に指定されています。", "what to search for is missing, or given twice."),
            t("--queries FILE.jsonl か、語の、どちらか 1 つを書いてください。", "give either --queries or words."),
        )
    if format is not SimilarFormat.JSONL:
        raise UsageError(
            t("--input の結果は --format jsonl で出します。", "with --input, results are written with --format jsonl."),
            t("--format jsonl を足してください。", "add --format jsonl."),
        )
    failed: list[InputError] = []

    def report(error: InputError) -> None:
        failed.append(error)
        say_error(error.what, error.next_step)

    asked = list(read_queries(queries, report)) if queries is not None else [GivenQuery(words, words)]
    pages = GivenPages(read_jsonl(input, report), PagePolicy(), asked)
    for each in asked:
        try:
            ranked = pages.rank(each)
        except InputError as error:
            report(error)
            continue
        print(sanitize_json({"query": ranked.query, "results": list(ranked.results)}))
    return Exit.USAGE if failed else Exit.OK
