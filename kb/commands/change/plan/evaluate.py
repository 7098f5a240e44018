"""`kb plan move --evaluate`: how well places are found, told as a table or as JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

import typer

from kb.commands.change.plan.output import open_mirrored
from kb.console.terminal import TroubleReporter, paint, use_utf8_stdout
from kb.errors import Exit
from kb.model.document import Source
from kb.secrets.mask_document import mask_text
from kb.text.display import display_width, pad, sanitize, sanitize_json
from kb.text.lang import Text, t

if TYPE_CHECKING:
    from kb.plan.destinations.evaluate import Evaluation, Figures


class EvaluationFormat(StrEnum):
    """How the figures are written."""

    TEXT = "text"
    JSON = "json"


def run_evaluation(input: str | None, format: EvaluationFormat) -> None:
    """Print the figures of the mirror's shared pages, or of a file's. Raises typer.Exit(2) for lines it cannot use."""
    from kb.lint.proposals.destinations import evaluate_file, evaluate_mirror

    tell = TroubleReporter()
    if input is not None:
        found = evaluate_file(input, tell.add_unusable)
    else:
        from kb.mirror.limited import require_synced
        from kb.mirror.store import Mirror

        workspace = open_mirrored(Source.ESA)
        require_synced(workspace)
        with Mirror.open(workspace.mirror, readonly=True) as mirror:
            found = evaluate_mirror(workspace, mirror)
    tell.end()
    if format is EvaluationFormat.JSON:
        use_utf8_stdout()
        print(sanitize_json(_as_json(found)))
    else:
        sys.stdout.writelines(f"{line}\n" for line in _as_text(found))
        sys.stdout.flush()
    if tell.unusable:
        raise typer.Exit(Exit.USAGE)


def _as_text(found: Evaluation) -> Iterator[str]:
    yield str(
        t(
            f"チームの記事 {found.shared:,} 件（置き場所 {found.places:,}）のうち {found.judged:,} 件の分類を隠して"
            "当てました。",
            f"hid the places of {found.judged:,} of {found.shared:,} shared posts ({found.places:,} places), and looked"
            " for them.",
        )
    )
    if found.alone:
        yield str(
            t(
                f"ほかに記事のない置き場所の {found.alone:,} 件は、隠すと分からなくなるので除いています。",
                f"{found.alone:,} stand in a place of their own, which nothing shows once it is hidden: left out.",
            )
        )
    if not found.judged:
        return
    heads = (t("", ""), t("1 番目が正解", "first right"), t("3 番目までに", "in three"), t("送る案", "proposed"),
             t("うち正解", "right of them"))  # fmt: skip
    rows = [
        (t("年月をまとめて", "dates folded"), *_cells(found.folded)),
        (t("年月も当てる", "dates, too"), *_cells(found.exact)),
    ]
    for name, (folded, exact) in found.baselines.items():
        label = _BASELINES[name]
        rows.append((t(f"比較: {label.ja}", f"naive: {label.en}"), *_cells(folded)))
        rows.append((t("　年月も", "  dates, too"), *_cells(exact)))
    table = [tuple(map(str, row)) for row in (heads, *rows)]
    wide = [max(display_width(row[at]) for row in table) for at in range(len(heads))]
    for number, (first, *rest) in enumerate(table):
        cells = (" " * (width - display_width(each)) + each for each, width in zip(rest, wide[1:], strict=True))
        line = "  ".join((pad(first, wide[0]), *cells)).rstrip()
        yield paint(line, "dim") if not number else line
    yield str(_describe_margin(found))
    yield from _describe_signals(found)
    for right, proposed, count in found.confused:
        one, other = (sanitize(mask_text(each)) for each in (right, proposed))
        yield str(t(f"取り違え: {one} を {other} と {count:,} 件", f"mistaken: {one} for {other}, {count:,} times"))


_BASELINES = {
    "most-frequent": t("いちばん多い分類", "the fullest category"),
    "title": t("題名の初めが同じ", "titles that begin alike"),
    "nearest": t("似た記事（BM25）", "the nearest page (BM25)"),
}


def _cells(figures: Figures) -> tuple[str, ...]:
    shares = (figures.top1, figures.top3, figures.coverage, figures.precision)
    return tuple("" if share is None else f"{share:.1%}" for share in shares)


def _describe_margin(found: Evaluation) -> Text:
    if found.margin > 1:
        return t(
            "送ることを勧められるほど当たる差はありません。案はどれも未定になります。",
            "no lead is right often enough to propose sending anything: all of a plan will be for you to decide.",
        )
    return t(
        f"送る案にするのは、1 番目が 2 番目より {found.margin:.2f} 以上高いときです（チームの記事から学んだ差）。",
        f"proposed to be sent where the first is ahead by {found.margin:.2f} or more, as learnt from these posts.",
    )


def _describe_signals(found: Evaluation) -> Iterator[str]:
    """Yield how often each signal spoke, and was right: what this team's places go by."""
    from kb.plan.destinations.reasons import SIGNAL_NAMES

    rows = [(signal, each) for signal, each in found.records.items() if each.spoke]
    rows.sort(key=lambda row: -row[1].right)
    ja = "、".join(
        f"{SIGNAL_NAMES[signal].ja} {each.right / each.spoke:.0%}（{each.spoke:,}）" for signal, each in rows
    )
    en = ", ".join(f"{SIGNAL_NAMES[signal].en} {each.right / each.spoke:.0%} ({each.spoke:,})" for signal, each in rows)
    yield str(t(f"手がかりの当たり（あった件数）: {ja}", f"signals, how often right (of how many): {en}"))


def _as_json(found: Evaluation) -> dict[str, object]:
    return {
        "format": 1,
        "shared": found.shared,
        "judged": found.judged,
        "alone": found.alone,
        "places": found.places,
        "margin": None if found.margin > 1 else round(found.margin, 4),
        "folded": _figures(found.folded),
        "exact": _figures(found.exact),
        "baselines": {
            name: {"folded": _figures(folded, margin=False), "exact": _figures(exact, margin=False)}
            for name, (folded, exact) in found.baselines.items()
        },
        "signals": {signal.value: {"spoke": each.spoke, "right": each.right} for signal, each in found.records.items()},
        "confused": [
            {"place": mask_text(right), "proposed": mask_text(got), "count": count}
            for right, got, count in found.confused
        ],
    }


def _figures(figures: Figures, *, margin: bool = True) -> dict[str, float | None]:
    rows = {"top1": figures.top1, "top3": figures.top3}
    more = {"coverage": figures.coverage, "precision": figures.precision} if margin else {}
    return {name: None if share is None else round(share, 4) for name, share in (rows | more).items()}
