"""`kb show`: one document with its comments or notes, as it was last mirrored."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.registry import argument, command, option
from kb.console.terminal import paint, say
from kb.errors import Exit
from kb.model.document import Visibility
from kb.settings.workspace import Workspace, open_workspace
from kb.text.display import format_local_time, sanitize, sanitize_lines
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.commands.weekly.show_findings import PageNotes
    from kb.mirror.documents import StoredDocument
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
    example="kb show esa:123\nkb show esa:123 --findings\nkb show redmine:45\nkb show https://docs.esa.io/posts/123",
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
    findings: Annotated[
        bool, option("--findings", t("kb lint の指摘を、その行の下に出す", "what kb lint finds in it, below each line"))
    ] = False,
) -> None:
    """Print one document, masked: what is known of it, its text, then its comments or notes in order."""
    from kb.lint.inputs.mirrored import missing_document
    from kb.lint.people.roster import load_people, spell_people
    from kb.mirror.store import Mirror
    from kb.rules.codes import enabled_personal_kinds
    from kb.secrets.mask_document import mask_document
    from kb.sources.registry import parse_typed

    workspace = open_workspace()
    personal = enabled_personal_kinds(workspace.settings.lint.select, workspace.settings.lint.ignore)
    with Mirror.open(workspace.mirrored(), readonly=True) as mirror:
        name = parse_typed(doc)
        if not (parts := list(mirror.documents(doc=name))):
            raise missing_document(mirror, doc, name)
        people = load_people(workspace.settings, mirror)
        notes = _find_notes(workspace, name, {each.document.part for each in parts}) if findings else None
        hosts = _describe_hosts(workspace, parts)
        alike = not findings and _tells_of_trouble(mirror, parts)
        for stored in sorted(parts, key=lambda each: (each.document.part != "body", each.document.created_at, each.id)):
            seen = mask_document(stored.document, stored.structure, personal, mirror.purged(stored.id))
            _print(spell_people(seen, people), workspace.settings.timezone, notes, hosts)
    if alike:
        say(t(f"似た過去の障害 → kb similar {shlex.quote(sanitize(name))}",
              f"past incidents like it → kb similar {shlex.quote(sanitize(name))}"))  # fmt: skip
    if notes is not None:
        notes.say_summary(name)
        raise typer.Exit(Exit.worst(*notes.codes))


def _tells_of_trouble(mirror: Mirror, parts: Collection[StoredDocument]) -> bool:
    """Whether a document is one of those that `kb similar` compares."""
    from kb.mirror.similar.request import is_trouble

    return any(is_trouble(mirror, each.id) for each in parts if each.document.part == "body")


def _find_notes(workspace: Workspace, name: str, parts: Collection[str]) -> PageNotes:
    from kb.commands.weekly.show_findings import find_notes  # the rules are loaded where they are asked for

    return find_notes(workspace, name, parts)


def _describe_hosts(workspace: Workspace, parts: Collection[StoredDocument]) -> str:
    """Return the nodes of the diagram that a document and its comments name, each with the names they use."""
    hosts = workspace.settings.host_names
    if not hosts:
        return ""
    from kb.reading.hosts.find_hosts import find_hosts
    from kb.reports.model_nodes import load_model_nodes

    model = load_model_nodes(workspace.root, hosts)
    named: dict[str, list[str]] = {}
    for each in parts:
        for name in find_hosts(f"{each.document.title}\n{each.document.body}", hosts):
            if (node := model.find(name)) is not None and name not in named.setdefault(node.id, []):
                named[node.id].append(name)
    shown = (f"{model.name_of(node)} ({', '.join(names)})" for node, names in named.items())
    return sanitize(", ".join(shown))


def _print(document: MaskedDocument, zone: str, notes: PageNotes | None = None, hosts: str = "") -> None:
    meta = document.meta
    if document.part == "body":
        place = f"{sanitize(document.category)}/" if document.category else ""
        print(paint(f"{'WIP ' if document.wip else ''}{place}{sanitize(document.title)}", "bold"))
        rows = [
            ("id", sanitize(f"{document.doc}  {document.url}".rstrip())),
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
            (str(t("ノード", "nodes")), hosts),
        ]
        for label, value in rows:
            if value:
                print(paint(f"{label}: ", "dim") + value)
    else:
        who = sanitize(document.author)
        private = f"  [{_SEEN_BY[document.visibility]}]" if document.visibility is Visibility.PRIVATE else ""
        when = format_local_time(document.created_at, zone, "%Y-%m-%d %H:%M")
        print(paint(f"── {sanitize(document.part)}  {when}  {who}{private}", "dim"))
    for line in notes.above(document.part) if notes is not None else ():
        print(line)
    print()
    if document.body:
        body = sanitize_lines(document.body).rstrip("\n")
        print(body if notes is None else "\n".join(notes.weave(document.part, body)))
        print()


def _last_edit(document: MaskedDocument, zone: str) -> str:
    when = format_local_time(document.human_at or document.updated_at, zone)
    return f"{when}  {sanitize(document.human_by)}".rstrip()
