"""Decide what is published where: one publication in its forms, as plain values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from kb.errors import RefusedError, UsageError
from kb.execute.journal.runs import Runs
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.model.masked import EMPTY, Masked
from kb.plan.sections.anchors import Anchor
from kb.plan.sections.block import KbSection, diff_contents, digest_section, find_section, render_block
from kb.plan.sections.boxes import carry_boxes
from kb.plan.sections.patch import PlacedSection
from kb.secrets.mask_document import mask_text
from kb.settings.kb_toml import Settings
from kb.settings.workspace import Workspace
from kb.text.lang import Text, space_ascii, t


class PublishForm(StrEnum):
    """The format: Markdown for posts, any of them for files."""

    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Publication:
    """A report, list or picture made for every member, so that no section holds what one may not see.

    `name` is its section's and its table's in kb.toml, `label` is for people. `week` (2026-W47) is the week it
    covers, "" for none: members are notified of a week's first publication, and never without a week. `write`
    renders it in a form. `short` are the lines for a ticket, whose readers are unknown: figures, no titles; empty
    if it never goes into one.

    `notes` are printed before anything is sent. `first` sends what it links to, after confirmation, and returns
    what is then written; None if there is nothing to send. `place` is where it goes unless said otherwise. `mentions`
    are the people it names for the first time, None for what names nobody: esa notifies them instead of by the week.
    """

    name: str
    label: Text
    write: Callable[[PublishForm], str]
    week: str = ""
    short: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()
    first: Callable[[], Publication] | None = None
    place: Anchor | None = None
    mentions: tuple[str, ...] | None = None


MakePublication: TypeAlias = Callable[[str], Publication]
"""Prepares a publication for a page with this text, reusing what it already has."""


FORMS_BY_SUFFIX = {
    ".md": PublishForm.MARKDOWN,
    ".html": PublishForm.HTML,
    ".json": PublishForm.JSON,
    ".txt": PublishForm.TEXT,
}
"""What the end of a file's name says of its form."""


@dataclass(frozen=True, slots=True)
class PublishPage:
    """A post or ticket. `named_in` is the file with its number."""

    source: Source
    number: int
    named_in: str = "kb.toml"

    @property
    def target(self) -> str:
        """Its name in plans and journals."""
        return f"{self.source.value}:{self.number}"


@dataclass(frozen=True, slots=True)
class PublishFile:
    """A file, with the form of its suffix."""

    path: Path
    form: PublishForm


def parse_target(word: str, piece: Publication, settings: Settings) -> PublishPage | PublishFile:
    """Return the target of `--publish`. Raises UsageError with the line missing in kb.toml."""
    if word == "esa":
        if settings.esa is None:
            raise _unset("esa", piece, settings)
        posts = {"report": settings.report.esa_post, "incidents": settings.incidents.esa_post}
        return PublishPage(Source.ESA, _number(piece.name, "esa_post", posts.get(piece.name, 0)))
    if word == "redmine" and piece.short:
        if settings.redmine is None:
            raise _unset("redmine", piece, settings)
        return PublishPage(Source.REDMINE, _number(piece.name, "redmine_ticket", settings.report.redmine_ticket))
    path = Path(word)
    form = FORMS_BY_SUFFIX.get(path.suffix.lower())
    if form is None:
        raise UsageError(
            t(f"--publish に{space_ascii(f'「{word[:60]}」')}は書けません。", f"{word[:60]!r} cannot be --publish."),
            _list_targets(piece, settings),
        )
    return PublishFile(path, form)


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


def _list_targets(piece: Publication, settings: Settings) -> Text:
    """Return what `--publish` takes of this piece in this workspace, as a sentence."""
    systems = [name for name, there in (("esa", settings.esa), ("redmine", piece.short and settings.redmine)) if there]
    ja, en = "、".join(systems), ", ".join(systems)
    return t(
        f"{f'{ja}、または ' if ja else ''}{' '.join(FORMS_BY_SUFFIX)} で終わるファイル名です。",
        f"it is {f'{en}, or ' if en else ''}a file that ends in {', '.join(FORMS_BY_SUFFIX)}.",
    )


def _unset(system: str, piece: Publication, settings: Settings) -> UsageError:
    return UsageError(
        t(f"kb.toml に [{system}] がありません。", f"there is no [{system}] in kb.toml."),
        _list_targets(piece, settings)
        if settings.esa or settings.redmine
        else t("docs/settings.md を見て書き足してください。", "add it (docs/settings.md)."),
    )


def render_content(workspace: Workspace, page: PublishPage, piece: Publication) -> str:
    """Return the section's text, without its marks."""
    if page.source is Source.ESA:
        return piece.write(PublishForm.MARKDOWN)
    lines = [str(piece.label), "", *(f"* {line}" for line in piece.short)]
    if url := find_report_url(workspace):
        lines += ["", str(t(f"くわしくは {url} へ", f"To read on: {url}"))]
    return "\n".join(lines)


def find_report_url(workspace: Workspace) -> str:
    """Return the address of the team's published report, "" if the mirror has none."""
    esa, post = workspace.settings.esa, workspace.settings.report.esa_post
    if not esa or not post:
        return ""
    with Mirror.open(workspace.mirrored(), readonly=True) as mirror:
        page = mirror.find(Source.ESA, Kind.POST, str(post))
    there = page is not None and "<!-- kb:report begin " in page.document.body
    return f"https://{esa.team}.esa.io/posts/{post}" if there else ""


@dataclass(frozen=True, slots=True)
class SectionUpdate:
    """What is written into a text; `current` is its present section.

    `hunks` are the changed lines. `before` and `after` are digests of the section
    (kb.plan.sections.block).
    """

    name: str
    current: KbSection | None
    block: str
    hunks: tuple[Masked, ...]
    before: str
    after: str

    @property
    def is_same(self) -> bool:
        """Whether the section already says this."""
        return self.current is not None and not self.current.edited and self.before == self.after

    @property
    def edited(self) -> bool:
        """Whether a person edited what would be replaced."""
        return self.current is not None and self.current.edited

    @property
    def week(self) -> str:
        """The section's week, "" for none."""
        return self.current.attributes.get("week", "") if self.current else ""

    def build_text(self, place: Anchor | None) -> PlacedSection:
        """Return what is put into the text."""
        return PlacedSection(self.name, self.block, place)


def explain_edited(name: str, where: str) -> RefusedError:
    """Return why an edited section is not replaced, and how to go on; `where` is its place."""
    return RefusedError(
        t(
            f"{where}の区画「kb:{name}」を、ほかの人が書き換えています。上書きしないように、何も書いていません。",
            f"someone edited the section kb:{name} of {where}; nothing was written, so that nothing is lost.",
        ),
        t(
            "残したい内容を区画の外へ移し、区画（2 つの印とその間）を消してから、--insert を付けてやり直してください。",
            "move what should stay out of the section, delete it with both its marks, and run this with --insert.",
        ),
    )


def decide_update(name: str, content: str, present: str, week: str = "") -> SectionUpdate:
    """Return the update for new content of the section, its ticks carried on. Raises RefusedError for wrong marks."""
    if (stands := find_section(present, name)) is not None:
        content = carry_boxes(stands.content, content)
    made = render_block(name, content, {"week": week} if week else {})
    new = find_section(made, name)
    assert new is not None
    hunks = diff_contents(mask_text(stands.content) if stands else EMPTY, mask_text(new.content))
    return SectionUpdate(name, stands, made, hunks, digest_section(name, present), digest_section(name, made))


def resolve_earlier(workspace: Workspace, target: str) -> None:
    """Resolve a request to this target that a crash interrupted (kb.execute.apply.settle_run)."""
    from kb.execute.apply import settle_run

    runs = Runs(workspace.private / "runs")
    for run in runs.all():
        if target in run.records:
            if target in run.interrupted and not run.is_imported:
                settle_run(workspace, run.name)
            return


def should_announce(workspace: Workspace, piece: Publication, decision: SectionUpdate, file: str) -> bool:
    """Return whether to notify members: of a week's first publication, or people named. `file` is its runs' name.

    The section tells the current week, even if another machine wrote it; the runs tell those before.
    """
    if piece.mentions is not None:
        return bool(piece.mentions)
    if not piece.week or decision.week >= piece.week:
        return False
    return not any(run.file == file and run.changed for run in Runs(workspace.private / "runs").all())
