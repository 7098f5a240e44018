"""Say drift in sentences that the formats of the report share.

What names more than counts and the model's labels is made by `describe_for_terminal` alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kb.reports.drift.model import DriftKind, DriftRow, DriftTrouble, DriftWeek
from kb.text.lang import Text, join_texts, t

DRIFT = t("構成のずれ", "Drift")
COMMAND = "kb diagram check --drift"
KINDS = {
    DriftKind.NEW: t("新しい", "New"),
    DriftKind.MENDED: t("直った", "Mended"),
    DriftKind.IGNORED: t("見送り", "Ignored"),
}
_TROUBLES = {
    "SYS201": t("まだ取り込んでいない", "never collected"),
    "SYS202": t("古い", "too old"),
    "SYS203": t("急に減った", "suddenly smaller"),
    "SYS204": t("全部ではない", "not whole"),
}
_DENIED = t("読めない欄がある", "some sections denied")
_TARGETS = 3
"""Targets of a row, and rows of a line, that a terminal has room for."""
_LABELS = 8
"""Nodes that are named of a rule where a page has room for them."""


def describe_counts(drift: DriftWeek) -> Text:
    """Return drift in one line of figures; that there is none with how much was looked at."""
    if drift.is_quiet:
        ja, en = _sources(drift)
        return t(f"{DRIFT.ja}: なし（{ja}）", f"{DRIFT.en}: none ({en})")
    new, mended, ignored = (drift.count(kind) for kind in DriftKind)
    parts = [t(f"新しい {new:,} 件", f"{new:,} new"), t(f"直った {mended:,} 件", f"{mended:,} mended")]
    if drift.open is not None:
        own = drift.own
        mine = t("", "") if own is None else t(f"（担当のノード {own:,} 件）", f" ({own:,} on nodes of theirs)")
        parts.append(t(f"残り {drift.open:,} 件{mine.ja}", f"{drift.open:,} open{mine.en}"))
    if ignored:
        parts.append(t(f"見送り {ignored:,} 件", f"{ignored:,} ignored"))
    if drift.baselined:
        parts.append(_baselined(drift))
    if drift.first:
        parts.append(t(f"初めて照らし合わせたもの {drift.first:,} 件", f"{drift.first:,} at first sight"))
    said = join_texts(parts, "、", ", ")
    return t(f"{DRIFT.ja}: {said.ja}", f"{DRIFT.en}: {said.en}")


def describe_short(drift: DriftWeek) -> Text:
    """Return drift in one sentence of figures, with how many sources cannot tell."""
    said, count = describe_counts(drift), len({each.name for each in drift.troubles})
    trouble = t("", "")
    if count:
        trouble = t(
            f"{count:,} つの取り込み元は古いか、そろっていません。",
            f" {count:,} sources are old, or not whole.",
        )
    return t(f"{said.ja}。{trouble.ja}", f"{said.en}.{trouble.en}")


def _sources(drift: DriftWeek) -> tuple[str, str]:
    day = _short_day(drift.taken_on)
    noun = "source" if drift.sources == 1 else "sources"
    known = _baselined(drift) if drift.baselined else t("", "")
    ja = f"{drift.sources:,} つの取り込み元、最後は {day}" + (f"、{known.ja}" if known.ja else "")
    return ja, f"{drift.sources:,} {noun}, the last on {day}" + (f", {known.en}" if known.en else "")


def _baselined(drift: DriftWeek) -> Text:
    return t(f"ベースライン {drift.baselined:,} 件", f"{drift.baselined:,} in the baseline")


def describe_troubles(troubles: Sequence[DriftTrouble]) -> Text | None:
    """Return which sources are missing, stale or not whole, and what that means; None for none."""
    if not troubles:
        return None
    names = [_trouble(each) for each in troubles]
    said = join_texts(names, "、", ", ")
    return t(
        f"古いか、そろっていない取り込み元: {said.ja}。ここから消えたものは、直ったことにしていません。",
        f"Sources that are old, or not whole: {said.en}; what is gone from them does not count as mended.",
    )


def _trouble(each: DriftTrouble) -> Text:
    what = _DENIED if each.only_sections else _TROUBLES[each.code]
    on = _short_day(each.taken_on)
    last = t(f"、最後は {on}", f", last on {on}") if on else t("", "")
    return t(f"{each.name}（{what.ja}{last.ja}）", f"{each.name} ({what.en}{last.en})")


def describe_row(row: DriftRow) -> Text:
    """Return where a row's findings are: a node's label, or how many the model has no node for; until when."""
    if row.label:
        many = t(f" {row.count:,} 件", f" ({row.count:,})") if row.count > 1 else t("", "")
        where = t(f"{row.label}{many.ja}", f"{row.label}{many.en}")
    else:
        where = t(f"図にないもの {row.count:,} 件", f"{row.count:,} outside the model")
    return t(f"{where.ja}（{row.until} まで）", f"{where.en} (until {row.until})") if row.until else where


def list_by_code(drift: DriftWeek, kind: DriftKind) -> Iterator[tuple[str, Text]]:
    """Yield the rules with findings of a kind, each with where they are."""
    rows = [row for row in drift.rows if row.kind is kind]
    for code in dict.fromkeys(row.code for row in rows):
        of_code = [row for row in rows if row.code == code]
        said = [describe_row(row) for row in of_code[:_LABELS]]
        if (more := len(of_code) - _LABELS) > 0:
            said.append(t(f"ほかに {more:,}", f"{more:,} more"))
        yield code, join_texts(said, "、", ", ")


def describe_for_terminal(drift: DriftWeek) -> Iterator[Text]:
    """Yield at most three lines for who runs the report: figures, what it is about, and what cannot be told."""
    said = describe_counts(drift)
    if drift.is_quiet:
        yield said
        return
    moved = [row for row in drift.rows if row.kind is not DriftKind.IGNORED]
    about = [_about(row) for row in moved[:_TARGETS]]
    more = join_texts(about, "、", ", ")
    shown = t(f"（{more.ja}{' ほか' if len(moved) > _TARGETS else ''}）", f" ({more.en})") if about else t("", "")
    yield t(f"{said.ja}{shown.ja} → {COMMAND}", f"{said.en}{shown.en} → {COMMAND}")
    ignored = [row for row in drift.rows if row.kind is DriftKind.IGNORED]
    if ignored:
        waiting = join_texts([_set_aside(row) for row in ignored[:_TARGETS]], "、", ", ")
        rest = " ほか" if len(ignored) > _TARGETS else ""
        yield t(f"見送り: {waiting.ja}{rest}", f"ignored: {waiting.en}")
    if (trouble := describe_troubles(drift.troubles)) is not None:
        yield trouble


def _about(row: DriftRow) -> Text:
    kind = KINDS[row.kind]
    where = _targets(row)
    return t(f"{kind.ja} {row.code} {where.ja}", f"{kind.en.lower()} {row.code} {where.en}")


def _set_aside(row: DriftRow) -> Text:
    where, reason = _targets(row), str(row.reason)
    ja = [*([f"{row.until} まで"] if row.until else []), *([reason] if reason else [])]
    en = [*([f"until {row.until}"] if row.until else []), *([reason] if reason else [])]
    ended = t(f"（{': '.join(ja)}）" if ja else "", f" ({': '.join(en)})" if en else "")
    return t(f"{row.code} {where.ja}{ended.ja}", f"{row.code} {where.en}{ended.en}")


def _targets(row: DriftRow) -> Text:
    if not row.targets:
        return describe_row(DriftRow(row.kind, row.code, row.label, row.count))
    shown = [t(each, each) for each in row.targets[:_TARGETS]]
    return join_texts(shown, "・", ", ")


def _short_day(day: str) -> str:
    """Return an ISO date as 11/28."""
    return "/".join(str(int(part)) for part in day.split("-")[1:]) if day else ""
