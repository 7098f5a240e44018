"""`kb plan links`: mend links to places that were moved away before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from kb.commands.change.plan.files import read_map
from kb.commands.change.plan.output import (
    ForceOption,
    InCodeOption,
    PlanDraft,
    PlanOutputOption,
    open_mirrored,
)
from kb.commands.registry import command, option
from kb.console.terminal import say, say_wrapped
from kb.model.document import Source
from kb.text.lang import count_noun, t

if TYPE_CHECKING:
    from kb.execute.preflight.link_changes import LinkMends

MAX_SHOWN = 10
"""Links that are named of those whose place nobody knows."""


@command(
    "plan links",
    t("前から切れているリンクを直す案", "mend links that were broken before"),
    example="kb plan links -o links.toml\nkb plan links --map old-new.csv",
    shared=True,
)
def plan_links(
    table: Annotated[
        Path | None,
        option(
            "--map CSV",
            t("kb を使わずに移した分類の、前と今の名前（old,new）", "categories moved without kb: old and new names"),
        ),
    ] = None,
    out: PlanOutputOption = Path("links.toml"),
    force: ForceOption = False,
    in_code: InCodeOption = False,
) -> None:
    """Look for links that lead nowhere, and write what they should say, as far as kb knows where things went."""
    from kb.execute.journal.runs import Runs
    from kb.execute.preflight.link_changes import propose_link_mends, read_past_moves
    from kb.plan.links.moves import PostMove
    from kb.plan.propose.post import Proposals

    workspace = open_mirrored(Source.ESA)
    draft = PlanDraft.begin(workspace, out, force=force, in_code=in_code)
    rows = read_map(table).rows.values() if table is not None else ()
    esa = workspace.settings.esa
    assert esa is not None
    with draft.mirror() as mirror:
        moves = [PostMove(row.old, "", row.new, "") for row in rows if row.new]
        moves += read_past_moves(mirror, Runs(workspace.private / "runs"))
        found = propose_link_mends(mirror, esa.team, moves, in_code=in_code)
    draft.write(Proposals(found.changes, {}))
    _say_unknown(found)


def _say_unknown(found: LinkMends) -> None:
    if not found.unknown:
        return
    count = len(found.unknown)
    say_wrapped(
        t(
            f"行き先の分からない切れたリンクが {count:,} か所あります。"
            "移した先を --map に書くか、esa で直してください。",
            f"{count_noun(count, 'broken link')} whose new place is not known: name it in --map, or mend them in esa.",
        )
    )
    for place, path in found.unknown[:MAX_SHOWN]:
        say(t(f"  {place} {path}", f"  {place} {path}"))
    if count > MAX_SHOWN:
        say(t(f"  ほか {count - MAX_SHOWN:,} か所", f"  and {count - MAX_SHOWN:,} more"))
