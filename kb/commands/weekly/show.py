"""`kb show`: one document with its comments or notes, as it was last mirrored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from kb.commands.registry import argument, command
from kb.console.terminal import paint
from kb.errors import UsageError
from kb.model.document import Kind, Visibility
from kb.settings.workspace import open_workspace
from kb.text.display import format_local_time, sanitize, sanitize_lines
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.mirror.store import Mirror
    from kb.model.document import MaskedDocument


_SEEN_BY = {
    Visibility.PRIVATE: t("限られた人だけ", "named people only"),
    Visibility.LIMITED: t("チームの一部", "a part of the team"),
    Visibility.MEMBERS: t("メンバー全員", "every member"),
    Visibility.INTERNET: t("リンクを知る誰でも（インターネット）", "anybody with the link (internet)"),
}


@command(
    "show",
    t("1 件を読む", "read one document"),
    example="kb show esa:123\nkb show redmine:45\nkb show https://docs.esa.io/posts/123",
)
def show(
    doc: Annotated[
        str,
        argument(
            None,
            t(
                "esa:番号、redmine:番号、redmine:wiki:プロジェクト/題名、files:パス、または URL。"
                "パスワードなどは伏せて出します",
                "esa:N, redmine:N, redmine:wiki:PROJECT/TITLE, files:PATH, or a URL. Passwords are masked",
            ),
        ),
    ],
) -> None:
    """Print one document, masked: what is known of it, its text, then its comments or notes in order."""
    from kb.mirror.store import Mirror
    from kb.rules.codes import enabled_personal_kinds
    from kb.secrets.mask_document import mask_document
    from kb.sources.registry import parse_typed

    workspace = open_workspace()
    personal = enabled_personal_kinds(workspace.settings.lint.select, workspace.settings.lint.ignore)
    with Mirror.open(workspace.mirrored(), readonly=True) as mirror:
        name = parse_typed(doc)
        if not (parts := list(mirror.documents(doc=name))):
            raise _missing(mirror, doc, name)
        for stored in sorted(parts, key=lambda each: (each.document.part != "body", each.document.created_at, each.id)):
            seen = mask_document(stored.document, stored.structure, personal, mirror.purged(stored.id))
            _print(seen, workspace.settings.timezone)


def _missing(mirror: Mirror, given: str, name: str) -> UsageError:
    from kb.sources.registry import source_kinds

    system, _, key = name.partition(":")
    kind = next((each for each in source_kinds() if each.source == system), None)
    gone = mirror.find(kind.source, kind.default_kind, key) if kind and kind.default_kind is not Kind.FILE else None
    if gone is not None:
        return UsageError(
            t(f"{sanitize(name)} は手元では「{gone.state}」です（元のシステムで消されたか、見えなくなりました）。",
              f"{sanitize(name)} is {gone.state!r} here (deleted in its system, or no longer visible)."),
            t("元のシステムで確かめてください。", "look at it in its system."),
        )  # fmt: skip
    if kind is None:
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


def _print(document: MaskedDocument, zone: str) -> None:
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


def _last_edit(document: MaskedDocument, zone: str) -> str:
    when = format_local_time(document.human_at or document.updated_at, zone)
    return f"{when}  {sanitize(document.human_by)}".rstrip()
