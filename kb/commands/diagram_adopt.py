"""`kb diagram adopt`: nodes for what runs, or is spoken of, and is not in the model (足りないノードの下書き)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from kb.config import Workspace, find_config, open_workspace
from kb.console import local, safe, say
from kb.errors import UsageError
from kb.lang import many, t

if TYPE_CHECKING:
    from kb.system.adopt import Sorted
    from kb.system.inventory import Machine

EXAMPLE = "kb diagram adopt --from ec2.json\nkb diagram adopt > new.toml"
_TOLD = 10


def command(
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help=str(
                t(
                    "サーバーの一覧（aws ec2 describe-instances の JSON、host 列のある CSV。繰り返せます）",
                    "machines: JSON of aws ec2 describe-instances, or CSV with a column host; can be repeated",
                )
            ),
            show_default=False,
        ),
    ] = None,
) -> None:
    """Print nodes for machines that no node of the model claims: from lists, and from what pages and tickets name."""
    from kb.system.adopt import by_node, key_of, proposal, together
    from kb.system.inventory import read
    from kb.system.read import find_folder, load

    model = load(find_folder(Path.cwd()))
    workspace = open_workspace() if find_config() else None
    zone = workspace.settings.timezone if workspace else "Asia/Tokyo"
    today = datetime.now(UTC).astimezone(ZoneInfo(zone)).date()
    seen: dict[str, str] = {}
    listed: list[Machine] = []
    for name in source or ():
        path = Path(name).expanduser()
        for machine in read(path):
            listed.append(machine)
            seen.setdefault(key_of(machine), f"{today} {path.name}")
    named = _named(workspace, model.system.hostname_pattern, bool(listed), seen)
    machines = together(listed, named)
    found = by_node(model, machines)
    if found.unknown:
        print(
            t(
                "# 構成図のもとにないサーバーの下書きです。要るものだけ写して、担当（owner）を書いてください。",
                "# machines that are not in the model. take over what is right, and say whose it is (owner).",
            )
        )
        unknown = set(found.unknown)
        print(proposal(model, found.unknown, seen, [each for each in machines if each not in unknown]), end="")
    _tell(found)


def _named(workspace: Workspace | None, pattern: str, listed: bool, seen: dict[str, str]) -> list[Machine]:
    """The hosts the mirror names, with where into `seen`; none, which is said, where there is no mirror or pattern.

    Raises UsageError when there is no list either.
    """
    from kb.mirror.store import Mirror
    from kb.system.inventory import Machine
    from kb.system.mentions import mentions

    why = t("kb.toml がない", "there is no kb.toml")
    if workspace is not None:
        pattern = pattern or workspace.settings.hosts.pattern
        why = t(
            "ホスト名の形（kb.toml の [hosts] pattern）が決まっていない", "no host pattern is set ([hosts] in kb.toml)"
        )
        if pattern and not workspace.mirror.exists():
            why = t("まだ kb sync をしていない", "nothing was synced yet (kb sync)")
    if workspace is None or not pattern or not workspace.mirror.exists():
        if not listed:
            raise UsageError(
                t(f"調べるものがありません（{why.ja}）。", f"there is nothing to look at ({why.en})."),
                t("--from でサーバーの一覧を指定してください。", "give a list of machines with --from."),
            )
        say(str(t(f"記事とチケットは見ていません（{why.ja}）。", f"pages and tickets were not read ({why.en}).")))
        return []
    settings = workspace.settings
    own = frozenset(f"esa:{post}" for post in (settings.report.esa_post, settings.incidents.esa_post) if post)
    with Mirror.open(workspace.mirrored(), readonly=True) as mirror:
        found = mentions(mirror, pattern, but=own)
    for each in found.names:
        more = f" ほか {each.count - 1} 件" if each.count > 1 else ""
        day = local(each.updated_at, settings.timezone)
        seen.setdefault(
            each.name,
            f"{each.docs[0]}{more}に名前（最後の更新 {day}）" if each.updated_at else f"{each.docs[0]}{more}に名前",
        )
    if found.hidden:
        say(
            str(
                t(
                    f"メンバー全員には見えない文書だけにある名前 {found.hidden:,} 件は除きました。",
                    f"left out {many(found.hidden, 'name')} that stand only where not every member can read.",
                )
            )
        )
    return [Machine(each.name) for each in found.names]


def _tell(found: Sorted) -> None:
    """What was found, and the next step."""
    for machine, matched in found.ambiguous[:_TOLD]:
        name, nodes = safe(machine.name or machine.id), matched.nodes
        say(
            str(
                t(
                    f"{name} は {'、'.join(nodes)} のどれにも当てはまります（match を狭めてください）。",
                    f"{name} is claimed by {', '.join(nodes)}: narrow their match.",
                )
            )
        )
    if len(found.ambiguous) > _TOLD:
        more = len(found.ambiguous) - _TOLD
        say(str(t(f"ほか {more:,} 台も、複数のノードに当てはまります。", f"so are {more:,} more machines.")))
    say(
        str(
            t(
                f"構成図のもとにあるもの {found.known:,} 台、ないもの {len(found.unknown):,} 台"
                "（ファイルは書いていません）。",
                f"in the model: {found.known:,}, not in it: {len(found.unknown):,} (no file was written).",
            )
        )
    )
    if found.unknown:
        say(
            str(
                t(
                    "→ 要るものを diagrams/system.toml に写して、kb diagram build",
                    "→ put what is right into diagrams/system.toml, then: kb diagram build",
                )
            )
        )
