"""`kb show`: one document with its comments or notes, as it was last mirrored."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from kb.console.terminal import paint
from kb.errors import UsageError
from kb.model.document import Kind, Source, Visibility
from kb.settings.workspace import open_workspace
from kb.text.display import format_local_time, sanitize, sanitize_lines
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.mirror.store import Mirror
    from kb.model.document import Document

EXAMPLE = "kb show esa:123\nkb show redmine:45\nkb show https://docs.esa.io/posts/123"

_NUMBER = re.compile(r"[0-9]+")
_POST_URL = re.compile(r"https?://[^/]+/posts/([0-9]+)")
_TICKET_URL = re.compile(r"https?://\S+/issues/([0-9]+)")

_SEEN_BY = {
    Visibility.PRIVATE: t("限られた人だけ", "named people only"),
    Visibility.LIMITED: t("チームの一部", "a part of the team"),
    Visibility.MEMBERS: t("メンバー全員", "every member"),
    Visibility.INTERNET: t("リンクを知る誰でも（インターネット）", "anybody with the link (internet)"),
}


def command(
    doc: Annotated[
        str,
        typer.Argument(
            help=str(
                t(
                    "esa:番号、redmine:番号、redmine:wiki:プロジェクト/題名、files:パス、または URL。"
                    "パスワードなどは伏せて出します",
                    "esa:N, redmine:N, redmine:wiki:PROJECT/TITLE, files:PATH, or a URL. Passwords are masked",
                )
            )
        ),
    ],
) -> None:
    """Print one document, masked: what is known of it, its text, then its comments or notes in order."""
    from kb.mirror.store import Mirror
    from kb.rules.codes import enabled_personal_kinds
    from kb.secrets.mask_document import mask_document

    workspace = open_workspace()
    personal = enabled_personal_kinds(workspace.settings.lint.select, workspace.settings.lint.ignore)
    with Mirror.open(workspace.mirrored(), readonly=True) as mirror:
        name = parse_doc_id(doc)
        parts = list(mirror.documents(doc=name))
        if not parts:
            raise _missing(mirror, doc, name)
        for stored in sorted(parts, key=lambda each: (each.document.part != "body", each.document.created_at, each.id)):
            seen = mask_document(stored.document, stored.structure, personal, mirror.purged(stored.id))
            _print(seen, workspace.settings.timezone)


def parse_doc_id(given: str) -> str:
    """The id that is meant: `123` and the URL of a post are `esa:123`, `#45` and that of a ticket `redmine:45`."""
    if _NUMBER.fullmatch(given):
        return f"esa:{given}"
    if given.startswith("#") and _NUMBER.fullmatch(given[1:]):
        return f"redmine:{given[1:]}"
    for pattern, system in ((_POST_URL, "esa"), (_TICKET_URL, "redmine")):
        match = pattern.match(given)
        if match:
            return f"{system}:{match[1]}"
    return given


def _missing(mirror: Mirror, given: str, name: str) -> UsageError:
    system, _, key = name.partition(":")
    gone = None
    if system in ("esa", "redmine"):
        gone = mirror.find(Source(system), Kind.POST if system == "esa" else Kind.TICKET, key)
    if gone is not None:
        return UsageError(
            t(f"{sanitize(name)} は手元では「{gone.state}」です（元のシステムで消されたか、見えなくなりました）。",
              f"{sanitize(name)} is {gone.state!r} here (deleted in its system, or no longer visible)."),
            t("元のシステムで確かめてください。", "look at it in its system."),
        )  # fmt: skip
    if system not in [each.value for each in Source]:
        return UsageError(
            t(f"「{sanitize(given)}」は文書の id ではありません。", f"{sanitize(given)!r} is no id of a document."),
            t(
                "例: kb show esa:123、kb show redmine:45。id は kb search で出ます。",
                "for example kb show esa:123 or kb show redmine:45; kb search prints ids.",
            ),
        )
    return UsageError(
        t(f"「{sanitize(given)}」は手元にありません。", f"{sanitize(given)!r} is not mirrored."),
        t("kb search で探すか、kb sync を実行してください。", "look for it with kb search, or run kb sync."),
    )


def _print(document: Document, zone: str) -> None:
    meta = document.meta
    if document.part == "body":
        place = f"{sanitize(document.category)}/" if document.category else ""
        print(paint(f"{'WIP ' if document.wip else ''}{place}{sanitize(document.title)}", "bold"))
        rows = [
            ("id", f"{document.doc}  {sanitize(document.url)}".rstrip()),
            (
                str(t("状態", "status")),
                sanitize(" ".join(str(meta[key]) for key in ("tracker", "status") if meta.get(key))),
            ),
            (str(t("タグ", "tags")), sanitize(", ".join(document.tags))),
            (
                str(t("作成", "created")),
                f"{format_local_time(document.created_at, zone)}  {sanitize(document.author)}".rstrip(),
            ),
            (str(t("最後の編集", "last edit")), _last_edit(document, zone)),
            (str(t("読める人", "readers")), str(_SEEN_BY[document.visibility])),
        ]
        for label, value in rows:
            if value:
                print(paint(f"{label}: ", "dim") + value)
    else:
        who = sanitize(document.author)
        private = f"  [{_SEEN_BY[document.visibility]}]" if document.visibility is Visibility.PRIVATE else ""
        when = format_local_time(document.created_at, zone, "%Y-%m-%d %H:%M")
        print(paint(f"── {document.part}  {when}  {who}{private}", "dim"))
    print()
    if document.body:
        print(sanitize_lines(document.body).rstrip("\n"))
        print()


def _last_edit(document: Document, zone: str) -> str:
    when = format_local_time(document.human_at or document.updated_at, zone)
    return f"{when}  {sanitize(document.human_by)}".rstrip()
