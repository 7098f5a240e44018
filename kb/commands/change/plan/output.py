"""Draft a plan from the mirror, write it and say what is in it; explain an empty one. Options of `kb plan`."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

import kb
from kb.commands.change.plan.files import require_writable, write_plan
from kb.commands.registry import argument, option
from kb.console.terminal import say_safe, say_wrapped
from kb.errors import Exit, KbError, UsageError
from kb.model.document import Source
from kb.settings.workspace import Workspace, open_workspace
from kb.text.lang import Text, count_noun, t

if TYPE_CHECKING:
    from kb.mirror.store import Mirror
    from kb.model.plan import Change, Plan
    from kb.plan.propose.post import PostHead, Proposal, Proposals


PlanArgument = Annotated[
    Path | None,
    argument("[plan.toml]", t("変更案（なければ、ここに 1 つだけあるもの）", "the plan; default: the only one here")),
]
PlanOutputOption = Annotated[
    Path, option("-o, --output FILE", t("変更案の書き出し先", "where the plan goes"), show_default=True)
]
ForceOption = Annotated[bool, option("--force", t("前の変更案や別のファイルを上書きする", "overwrite what is there"))]
PlanNowOption = Annotated[str, option("--now T", t("この日時の時点で（既定は今）", "as of this time"))]
BelowOption = Annotated[str, option("--in CATEGORY", t("この分類とその下の記事", "posts in this category and below"))]
OlderThanOption = Annotated[
    int,
    option(
        "--older-than DAYS",
        t("人がこの日数以上編集していない記事", "posts no person has edited for so many days"),
        min=0,
    ),
]
TitleLikeOption = Annotated[str, option("--title REGEX", t("題名がこれに当たる記事", "posts with such a title"))]
InCodeOption = Annotated[
    bool, option("--in-code", t("コードの中のリンクも、移す先に合わせる", "let links in code follow what moves, too"))
]


def open_mirrored(source: Source) -> Workspace:
    """Open a workspace that has this system and a mirror. Raises UsageError for another."""
    workspace = open_workspace()
    if source is Source.ESA and workspace.settings.esa is None:
        raise UsageError(
            t(
                "esa の記事のためのコマンドですが、kb.toml に [esa] がありません。",
                "this command is for posts of esa, and kb.toml has no [esa].",
            ),
            t(
                "チケットなら、kb plan close（閉じる）か kb plan reassign（担当を変える）です。",
                "for tickets there are kb plan close and kb plan reassign.",
            )
            if workspace.settings.redmine is not None
            else t("team を書いて kb sync してから、もう一度どうぞ。", "write your team there, and kb sync."),
        )
    if source is Source.REDMINE and workspace.settings.redmine is None:
        raise UsageError(
            t("kb.toml に [redmine] がありません。", "kb.toml has no [redmine]."),
            t("url を書いて kb sync してから、もう一度どうぞ。", "write its url there, and kb sync."),
        )
    workspace.mirrored()
    return workspace


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """A plan about to be proposed: the workspace, the file, and the time it is made at."""

    workspace: Workspace
    out: Path
    moment: datetime
    in_code: bool = False

    @classmethod
    def begin(cls, workspace: Workspace, out: Path, *, force: bool, now: str = "", in_code: bool = False) -> PlanDraft:
        """Check that the plan may be written. Raises UsageError, also for an invalid `now`.

        `in_code`: links in code are changed along, too.
        """
        from kb.clock import lint_time

        require_writable(workspace, out, force=force)
        return cls(workspace, out, lint_time(now, workspace.settings.timezone), in_code)

    @property
    def today(self) -> date:
        """The day it is made on."""
        return self.moment.date()

    @property
    def zone(self) -> ZoneInfo:
        """The team's time zone."""
        return ZoneInfo(self.workspace.settings.timezone)

    @property
    def folders(self) -> tuple[str, ...]:
        """Globs of the personal folders."""
        return self.workspace.settings.people.folders

    def mirror(self) -> Mirror:
        """Open the mirror for reading."""
        from kb.mirror.store import Mirror

        return Mirror.open(self.workspace.mirror, readonly=True)

    def write(
        self,
        proposed: Proposals,
        troubles: Iterable[KbError] = (),
        notes: Callable[[Sequence[Change]], Iterable[Text]] = lambda _: (),
    ) -> None:
        """Write what is proposed; say how much it is, what was left out, `notes` on what is written, what comes next.

        Nothing writes nothing.

        Raises typer.Exit where `troubles` kept something from being seen.
        """
        some = tuple(troubles)
        for trouble in some:
            say_safe(trouble.what)
        self._write(proposed, notes)
        if code := Exit.worst(*(trouble.exit_code for trouble in some)):
            raise typer.Exit(code)

    def _write(self, proposed: Proposals, notes: Callable[[Sequence[Change]], Iterable[Text]]) -> None:
        from kb.commands.flows.apply_report import say_journal_faults
        from kb.execute.journal.runs import Runs
        from kb.execute.plan_store import drop_limited, format_left_out
        from kb.execute.preflight.link_changes import LinkProposals, propose_link_changes
        from kb.execute.preflight.mirror_state import hold_back_in_mirror
        from kb.model.plan import new_plan
        from kb.plan.propose.post import Proposals, check_sendable

        workspace, settings = self.workspace, self.workspace.settings
        say_journal_faults(Runs(workspace.private / "runs"))  # what kb itself did counts for no proof
        kept = check_sendable(proposed)
        allowed = drop_limited(kept.changes, workspace, self.out)
        hidden, left, links = len(kept.changes) - len(allowed), dict(kept.left), LinkProposals()
        changes: tuple[Change, ...] = ()
        if allowed:
            tickets = any(each.source is Source.REDMINE for each in allowed)
            with self.mirror() as mirror:
                changes = hold_back_in_mirror(workspace, mirror, allowed)
                team = settings.esa.team if settings.esa else ""
                links = propose_link_changes(mirror, team, changes, in_code=self.in_code)
            sendable = check_sendable(Proposals(links.changes, {}))
            along = drop_limited(sendable.changes, workspace, self.out)
            hidden += len(sendable.changes) - len(along)
            left = dict(Counter(left) + Counter(sendable.left))
            changes = (*changes, *along)
            redmine = settings.redmine.url if settings.redmine and tickets else ""
            plan = new_plan(settings.team, format_plan_time(self.moment), kb.__version__, changes, redmine=redmine)
            write_plan(self.out, plan)
            for line in _describe_plan(self.out, plan):
                say_wrapped(line)
            for line in _describe_links(plan, links.in_code, in_code=self.in_code):
                say_wrapped(line)
        else:
            say_wrapped(t("変更するものはありません。", "there is nothing to change."))
        _say_left_out(left)
        if hidden:
            say_wrapped(format_left_out(hidden, workspace))
        for line in notes(changes):
            say_wrapped(line)
        if allowed:
            say_next_command(f"kb review {shlex.quote(str(self.out))}")


def gather_from_posts(
    mirror: Mirror, answer: Callable[[PostHead], Proposal], places: Iterable[str] = (), author: str = ""
) -> Proposals:
    """Propose for every post; where nothing comes of it, name the places and the author the mirror does not know."""
    from kb.mirror import queries
    from kb.plan.propose.post import gather_proposals

    proposed = gather_proposals(map(answer, queries.post_heads(mirror)))
    if proposed.is_empty:
        _say_unknown_names(mirror, places, author)
    return proposed


def _describe_plan(out: Path, plan: Plan) -> Iterator[Text]:
    from kb.plan.collide.hold_back import is_held
    from kb.plan.groups import count_owned

    groups, count, held = len(list(plan.groups())), len(plan.changes), sum(map(is_held, plan.changes))
    yield t(
        f"{out} に変更 {count:,} 件（{groups:,} グループ）を書きました。",
        f"wrote {count_noun(count, 'change')} in {count_noun(groups, 'group')} to {out}.",
    )
    if held:
        yield t(
            f"うち {held:,} 件は、名前がほかの記事と重なるので、このままでは送りません"
            "（accept = false。warning に、空いている題名があります）。",
            f"{held:,} of them collide with the names of other posts, and are not sent as they are "
            "(accept = false; warning names a free title).",
        )
    owned, people = count_owned(plan)
    if owned:
        yield t(
            f"うち {owned:,} 件は、書いた本人（{people:,} 人）に聞くものです（accept = false、owner）。",
            f"{owned:,} of them are for their owners ({people:,}) to decide on (accept = false, owner).",
        )
    held_owned = sum(1 for each in plan.changes if each.owner and is_held(each))
    if off := count - len(plan.accepted) - held - (owned - held_owned):
        yield t(
            f"うち {off:,} 件は、決めてから送るものです（accept = false）。",
            f"{off:,} of them are for you to decide first (accept = false).",
        )


def _describe_links(plan: Plan, count: int, *, in_code: bool) -> Iterator[Text]:
    from kb.plan.links.change import is_link

    links = [each for each in plan.changes if is_link(each)]
    if links:
        pages = len({each.target for each in links})
        yield t(
            f"うち {len(links):,} 件は、移す先に合わせるリンクです（記事 {pages:,} 件の本文。1 か所ずつ断れます）。",
            f"{len(links):,} of them are links that follow what moves, in the texts of {count_noun(pages, 'post')}; "
            "each can be refused.",
        )
    if count and not in_code:
        yield t(
            f"コードの中の {count:,} か所は、そのままにします（直すなら --in-code）。",
            f"{count_noun(count, 'place')} in code: left as it is (--in-code changes it).",
        )


def _say_left_out(left: Mapping[Text, int]) -> None:
    if left:
        ja = "、".join(f"{why.ja} {count:,} 件" for why, count in left.items())
        en = ", ".join(f"{count} {why.en}" for why, count in left.items())
        say_wrapped(t(f"外したもの: {ja}", f"left out: {en}"))


def say_next_command(command: str) -> None:
    """Say which command comes next."""
    say_wrapped(t(f"次は: {command}", f"next: {command}"))


def format_plan_time(now: datetime) -> str:
    """Return a moment as plans hold it: UTC."""
    return now.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _say_unknown_names(mirror: Mirror, places: Iterable[str], author: str) -> None:
    """Name the categories (or globs) no post of the mirror stands in, and an author who wrote none."""
    from kb.mirror import queries
    from kb.plan.propose.post import strip_matching_prefix

    empty, unknown = {place: place.strip("/") for place in places if place.strip("/ ")}, author
    for post in queries.post_heads(mirror):
        empty = {place: bare for place, bare in empty.items() if strip_matching_prefix(bare, post.category) is None}
        unknown = "" if post.author == unknown else unknown
    for place in empty:
        say_wrapped(
            t(
                f"「{place}」とその下には、記事が 1 件もありません。分類の名前を確かめてください。",
                f'no post stands in "{place}" or below it: check the name of the category.',
            )
        )
    if unknown:
        say_wrapped(
            t(
                f"「{unknown}」さんが作った記事はありません。screen_name で指定してください。",
                f'"{unknown}" made no post: give a screen_name.',
            )
        )
