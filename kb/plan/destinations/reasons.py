"""Say what spoke for a place, in words people can check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kb.plan.destinations.score import Candidate
from kb.plan.destinations.signs import PageSigns, Signal
from kb.plan.destinations.statistics import PlaceStatistics
from kb.text.lang import Text, join_texts, t

SIGNAL_NAMES: Mapping[Signal, Text] = {
    Signal.LINKS_OUT: t("リンク先", "links to"),
    Signal.LINKS_IN: t("リンク元", "links from"),
    Signal.SERIES: t("題名の形", "series of titles"),
    Signal.NAME: t("分類の名前", "name of the place"),
    Signal.TITLE: t("題名の言葉", "words of the title"),
    Signal.WORDS: t("本文の言葉", "words of the text"),
    Signal.LINES: t("見出しや項目", "headings and labels"),
    Signal.KIND: t("記事の種類", "kind of page"),
    Signal.HOSTS: t("ホスト", "hosts"),
    Signal.TAGS: t("タグ", "tags"),
    Signal.AUTHOR: t("書いた人のほかの記事", "other pages of the author"),
}

MAX_REASONS = 3
"""Signals named for a place, those that gave most."""

_LEAST = 0.1
"""The share of a place's score below which a signal is not worth naming."""

_MAX_EVIDENCE = 3


def describe_candidates(
    ranked: Sequence[Candidate], names: Sequence[str], signs: PageSigns, statistics: PlaceStatistics
) -> Text:
    """Return the candidates with their shares of all that was said, and what spoke for each."""
    lines = []
    for number, (each, name) in enumerate(zip(ranked, names, strict=True), 1):
        why = join_texts(_reasons(each, signs, statistics), "、", ", ")
        lines.append(
            t(f"{number}. {name}（{each.share:.0%}: {why.ja}）", f"{number}. {name} ({each.share:.0%}: {why.en})")
        )
    return join_texts(lines, " ", " ")


def _reasons(candidate: Candidate, signs: PageSigns, statistics: PlaceStatistics) -> list[Text]:
    given = sorted(candidate.given.items(), key=lambda row: (-row[1], row[0]))
    most = [signal for signal, share in given[:MAX_REASONS] if share >= _LEAST * candidate.share]
    return [_name(signal, candidate.place, signs, statistics) for signal in most]


def _name(signal: Signal, place: int, signs: PageSigns, statistics: PlaceStatistics) -> Text:
    """Return a signal's name, with what of the page it rests on where that can be read."""
    said = SIGNAL_NAMES[signal]
    if signal in (Signal.LINKS_OUT, Signal.LINKS_IN):
        docs = signs.links if signal is Signal.LINKS_OUT else statistics.linking.get(signs.doc, set())
        there = sorted((doc for doc in docs if statistics.home_of(doc) == place), key=lambda doc: (len(doc), doc))
        evidence = [f"#{doc}" for doc in there]
    elif signal in (Signal.HOSTS, Signal.TAGS):
        rows = statistics.rows[signal]
        keys = signs.keys.get(signal, frozenset())
        evidence = sorted((key for key in keys if place in rows.get(key, {})), key=lambda key: (-rows[key][place], key))
    else:
        return said
    words = " ".join(evidence[:_MAX_EVIDENCE])
    return t(f"{said.ja} {words}", f"{said.en} {words}") if words else said
