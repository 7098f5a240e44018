"""`kb diagram init`, `import` and `adopt`: drafts of a system model, from nothing, a script or found machines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from kb.commands.registry import argument, command, option
from kb.console.terminal import say
from kb.errors import UsageError
from kb.files import asset_path, replace_text
from kb.model.host_names import NO_HOSTS, HostNames
from kb.settings.workspace import Workspace, find_config, load_settings, open_workspace
from kb.text.display import format_local_time, sanitize
from kb.text.lang import count_noun, t

if TYPE_CHECKING:
    from kb.diagram.model.nouns import Model
    from kb.estate.match.machines import ListedMachine
    from kb.estate.match.propose import SortedMachines


@command(
    "diagram init",
    t("構成図のもと（TOML）を作る", "the first text of a system diagram"),
    example="kb diagram init\nkb diagram init --from ec2.json",
)
def init_diagram(
    source: Annotated[
        str,
        option(
            "--from FILE",
            t(
                "サーバーの一覧から下書きを作る（aws ec2 describe-instances の JSON、host 列のある CSV）",
                "draft it from a list of machines: JSON of aws ec2 describe-instances, or CSV with a column host",
            ),
        ),
    ] = "",
) -> None:
    """Write diagrams/system.toml, commented or drafted, and the schema for editors beside it."""
    from kb.diagram.model.schema import SCHEMA_NAME, render_schema
    from kb.diagram.model.toml import MODEL_FILE, MODEL_FOLDER, list_model_files, merge_texts

    folder = _root() / MODEL_FOLDER
    if there := list_model_files(folder):
        raise UsageError(
            t(f"{_short(there[0])} がもうあります。", f"{_short(there[0])} is there already."),
            t("編集して kb diagram build を実行してください。", "edit it, then run kb diagram build."),
        )
    text = _drafted(Path(source).expanduser()) if source else asset_path("templates/system.toml").read_text("utf-8")
    model = merge_texts([(f"{MODEL_FOLDER}/{MODEL_FILE}", text)])  # what kb writes, kb reads
    folder.mkdir(parents=True, exist_ok=True)
    for name, words in ((SCHEMA_NAME, render_schema()), (MODEL_FILE, text)):
        replace_text(folder / name, words)
    print(
        t(
            f"{_short(folder / MODEL_FILE)} を書きました"
            f"（ノード {len(model.nodes):,}、グループ {len(model.groups):,}）。",
            f"{_short(folder / MODEL_FILE)} was written (nodes: {len(model.nodes):,}, groups: {len(model.groups):,}).",
        )
    )
    say(t("→ 直したら: kb diagram build", "→ edit it, then: kb diagram build"))


def _root() -> Path:
    """Beside kb.toml where there is one, else here."""
    path = find_config()
    return path.parent if path else Path.cwd()


def _drafted(path: Path) -> str:
    from kb.estate.match.machines import read_inventory
    from kb.estate.match.propose import propose_model

    config = find_config()
    zone = load_settings(config).timezone if config else "Asia/Tokyo"
    today = datetime.now(UTC).astimezone(ZoneInfo(zone)).date()
    return propose_model(read_inventory(path), seen=f"{today} {path.name}")


def _short(path: Path) -> str:
    try:
        path = path.relative_to(Path.cwd())
    except ValueError:
        pass
    return sanitize(str(path))


@command(
    "diagram import",
    t("diagrams のスクリプトを TOML にする", "a script of the package diagrams as TOML"),
    example="kb diagram import old/system.py\nkb diagram import old/system.py > diagrams/system.toml",
)
def import_script(
    script: Annotated[
        Path,
        argument(
            "SCRIPT.py",
            t(
                "diagrams パッケージで描くスクリプト（実行されます）",
                "a script that draws with the package diagrams; it is run",
            ),
        ),
    ],
) -> None:
    """Run one script apart, and print what it draws as a model; no picture is made and no file written."""
    from kb.diagram.model.toml import merge_texts
    from kb.diagram.scripts.as_toml import render_toml
    from kb.diagram.scripts.run import require_script, run_script

    require_script(script)
    name = sanitize(script.name)
    say(
        t(
            f"{name} を実行します。プログラムなので、中身を知っているものだけにしてください。",
            f"running {name}. it is a program: import only what you know.",
        )
    )
    text = render_toml(run_script(script), script.name)
    model = merge_texts([(script.name, text)])  # what kb writes, kb reads
    print(text, end="")
    say(
        t(
            f"ノード {len(model.nodes):,}、グループ {len(model.groups):,}、つながり {len(model.edges):,} を"
            "取り込みました（ファイルは書いていません）。",
            f"nodes: {len(model.nodes):,}, groups: {len(model.groups):,}, edges: {len(model.edges):,}"
            " (no file was written).",
        )
    )
    say(
        t(
            "→ diagrams/system.toml に書いて、kb diagram build",
            "→ put it into diagrams/system.toml, then: kb diagram build",
        )
    )


_MAX_HOSTS = 10


@command(
    "diagram adopt",
    t("図にないサーバーの下書きを出す", "propose nodes for machines the model lacks"),
    example="kb diagram adopt --from ec2.json\nkb diagram adopt > new.toml",
    shared=True,
)
def adopt_nodes(
    source: Annotated[
        list[str] | None,
        option(
            "--from FILE",
            t(
                "サーバーの一覧（aws ec2 describe-instances の JSON、host 列のある CSV。繰り返せます）",
                "machines: JSON of aws ec2 describe-instances, or CSV with a column host; can be repeated",
            ),
        ),
    ] = None,
) -> None:
    """Print nodes for machines that no node of the model claims: from lists, else from what was collected, and from
    what pages and tickets name; and arrows between nodes that were seen to talk.
    """
    from kb.diagram.model.toml import find_model_folder, load_model
    from kb.estate.match.machines import read_inventory
    from kb.estate.match.propose import combine_machines, machine_key, propose_unknown, sort_machines

    model = load_model(find_model_folder(Path.cwd()))
    workspace = open_workspace() if find_config() else None
    zone = workspace.settings.timezone if workspace else "Asia/Tokyo"
    today = datetime.now(UTC).astimezone(ZoneInfo(zone)).date()
    hosts = workspace.settings.hosts.host_names if workspace else NO_HOSTS
    if model.system.hostname_pattern:
        hosts = replace(hosts, pattern=model.system.hostname_pattern)
    seen: dict[str, str] = {}
    listed: list[ListedMachine] = []
    for name in source or ():
        path = Path(name).expanduser()
        for found_machine in read_inventory(path):
            machine = replace(found_machine, name=hosts.resolve(found_machine.name))
            listed.append(machine)
            seen.setdefault(machine_key(machine), f"{today} {path.name}")
    edges: list[str] = []
    if not source:
        edges = _add_collected(model, workspace, listed, seen)
    named = _mentioned_hosts(workspace, hosts, bool(listed), seen)
    machines = combine_machines(listed, named)
    found = sort_machines(model, machines, hosts)
    if found.unknown:
        print(
            t(
                "# 構成図のもとにないサーバーの下書きです。要るものだけ写して、担当（owner）を書いてください。",
                "# machines that are not in the model. take over what is right, and say whose it is (owner).",
            )
        )
        unknown = set(found.unknown)
        print(propose_unknown(model, found.unknown, seen, [each for each in machines if each not in unknown]), end="")
    if edges:
        print("\n".join(edges))
    _print_result(found)


def _add_collected(
    model: Model, workspace: Workspace | None, listed: list[ListedMachine], seen: dict[str, str]
) -> list[str]:
    """Add the machines of fresh snapshots, if any, with where each was seen; return the arrows they propose."""
    from kb.clock import now
    from kb.commands.diagram.collect import private_folder
    from kb.estate.collect.load import load_estate
    from kb.estate.collect.store import load_snapshots
    from kb.estate.drift.propose import list_running, propose_edges
    from kb.estate.match.propose import machine_key

    if not load_snapshots(private_folder()):
        return []
    zone = ZoneInfo(workspace.settings.timezone if workspace else "Asia/Tokyo")  # in which days are told
    estate = load_estate(model, workspace, private_folder(), now(zone))
    for machine, where in list_running(estate):
        listed.append(machine)
        seen.setdefault(machine_key(machine), where)
    return propose_edges(estate)


def _mentioned_hosts(
    workspace: Workspace | None, hosts: HostNames, listed: bool, seen: dict[str, str]
) -> list[ListedMachine]:
    """The hosts the mirror names, with where into `seen`; none, which is said, without mirror or names.

    Raises UsageError when there is no list either.
    """
    from kb.estate.collect.mentions import find_mentions
    from kb.estate.match.machines import ListedMachine
    from kb.mirror import limited
    from kb.mirror.store import Mirror

    why = t("kb.toml がない", "there is no kb.toml")
    if workspace is not None:
        why = t("ホスト名（kb.toml の [hosts]）が決まっていない", "no host names are set ([hosts] in kb.toml)")
        if hosts and not workspace.mirror.exists():
            why = t("まだ kb sync をしていない", "nothing was synced yet (kb sync)")
    if workspace is None or not hosts or not workspace.mirror.exists():
        if not listed:
            raise UsageError(
                t(f"調べるものがありません（{why.ja}）。", f"there is nothing to look at ({why.en})."),
                t("--from でサーバーの一覧を指定してください。", "give a list of machines with --from."),
            )
        say(t(f"記事とチケットは見ていません（{why.ja}）。", f"pages and tickets were not read ({why.en})."))
        return []
    settings = workspace.settings
    own = frozenset(f"esa:{post}" for post in (settings.report.esa_post, settings.incidents.esa_post) if post)
    limited.require_synced(workspace)
    with Mirror.open(workspace.mirrored(), readonly=True) as mirror:
        found = find_mentions(mirror, hosts, but=own)
    for each in found.names:
        more = f" ほか {each.count - 1:,} 件" if each.count > 1 else ""
        day = format_local_time(each.updated_at, settings.timezone)
        seen.setdefault(
            each.name,
            f"{each.docs[0]}{more}に名前（最後の更新 {day}）" if each.updated_at else f"{each.docs[0]}{more}に名前",
        )
    if found.hidden:
        say(
            t(
                f"メンバー全員には見えない文書だけにある名前 {found.hidden:,} 件は除きました。",
                f"left out {count_noun(found.hidden, 'name')} that stand only where not every member can read.",
            )
        )
    return [ListedMachine(each.name) for each in found.names]


def _print_result(found: SortedMachines) -> None:
    """What was found, and the next step."""
    for machine, matched in found.ambiguous[:_MAX_HOSTS]:
        name, nodes = sanitize(machine.name or machine.id), matched.nodes
        say(
            t(
                f"{name} は {'、'.join(nodes)} のどれにも当てはまります（match を狭めてください）。",
                f"{name} is claimed by {', '.join(nodes)}: narrow their match.",
            )
        )
    if len(found.ambiguous) > _MAX_HOSTS:
        more = len(found.ambiguous) - _MAX_HOSTS
        say(t(f"ほか {more:,} 台も、複数のノードに当てはまります。", f"so are {more:,} more machines."))
    say(
        t(
            f"構成図のもとにあるもの {found.known:,} 台、ないもの {len(found.unknown):,} 台"
            "（ファイルは書いていません）。",
            f"in the model: {found.known:,}, not in it: {len(found.unknown):,} (no file was written).",
        )
    )
    if found.unknown:
        say(
            t(
                "→ 要るものを diagrams/system.toml に写して、kb diagram build",
                "→ put what is right into diagrams/system.toml, then: kb diagram build",
            )
        )
