"""Where something is published: the post or ticket kb.toml names, or a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kb.errors import UsageError
from kb.lang import apart, t
from kb.model import Source
from kb.reports.publish.piece import Form, Piece
from kb.settings import Settings

FORMS = {".md": Form.MARKDOWN, ".html": Form.HTML, ".json": Form.JSON, ".txt": Form.TEXT}
"""What the end of a file's name says of its form."""


@dataclass(frozen=True, slots=True)
class Page:
    """A post or a ticket. `named_in` is the file that says its number."""

    source: Source
    number: int
    named_in: str = "kb.toml"

    @property
    def target(self) -> str:
        """Its name in plans and journals."""
        return f"{self.source.value}:{self.number}"


@dataclass(frozen=True, slots=True)
class File:
    """A file, and the form its name says."""

    path: Path
    form: Form


def aim(word: str, piece: Piece, settings: Settings) -> Page | File:
    """What `--publish` says. Raises UsageError with the line of kb.toml that is missing."""
    if word == "esa":
        if settings.esa is None:
            raise _unset("esa")
        return Page(Source.ESA, _number(piece.name, "esa_post", _posts(settings).get(piece.name, 0)))
    if word == "redmine" and piece.short:
        if settings.redmine is None:
            raise _unset("redmine")
        return Page(Source.REDMINE, _number(piece.name, "redmine_ticket", settings.report.redmine_ticket))
    path = Path(word)
    form = FORMS.get(path.suffix.lower())
    if form is None:
        systems = "esa、redmine" if piece.short else "esa"
        raise UsageError(
            t(f"--publish に{apart(f'「{word[:60]}」')}は書けません。", f"{word[:60]!r} cannot be --publish."),
            t(
                f"{systems}、または {' '.join(FORMS)} で終わるファイル名です。",
                f"it is {systems.replace('、', ', ')}, or a file that ends in {', '.join(FORMS)}.",
            ),
        )
    return File(path, form)


def _posts(settings: Settings) -> dict[str, int]:
    return {"report": settings.report.esa_post, "incidents": settings.incidents.esa_post}


def _number(table: str, key: str, number: int) -> int:
    if number > 0:
        return number
    what = t("記事", "post") if key == "esa_post" else t("チケット", "ticket")
    raise UsageError(
        t(
            f"公開先の{what.ja}が決まっていません（kb.toml の [{table}] {key}）。",
            f"kb.toml does not say which {what.en} to publish to ([{table}] {key}).",
        ),
        t(
            f"{what.ja}を用意し、その番号を kb.toml に書いてください。例: [{table}] の下に {key} = 123"
            "（kb は何も消さないので、新しく作ることもしません）",
            f"make one and add its number to kb.toml: {key} = 123 below [{table}] "
            "(kb deletes nothing, and so makes nothing either).",
        ),
    )


def _unset(system: str) -> UsageError:
    return UsageError(
        t(f"kb.toml に [{system}] がありません。", f"there is no [{system}] in kb.toml."),
        t("docs/settings.md を見て書き足してください。", "add it (docs/settings.md)."),
    )
