"""`kb diagram collect`: keep what tools print of a running system, whole or marked, without its secrets."""

from __future__ import annotations

from datetime import UTC
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from kb.clock import now, parse_moment
from kb.commands.diagram.collect_live import live_question
from kb.commands.registry import argument, command, option
from kb.console.terminal import say
from kb.errors import Exit, UsageError
from kb.files import asset_path
from kb.settings.workspace import find_config, load_settings
from kb.text.display import format_local_time, sanitize
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.diagram.model.nouns import Model
    from kb.estate.drift.kinds import SourceKind
    from kb.estate.drift.snapshot import Snapshot


class SourceName(StrEnum):
    """Sources, as people type them."""

    EC2 = "ec2"
    CODEDEPLOY = "codedeploy"
    ZABBIX = "zabbix"
    HOSTS = "hosts"
    REPOS = "repos"
    CSV = "csv"


HOSTS_SCRIPT = "templates/collect-hosts.sh"


@command(
    "diagram collect",
    t("動いているものの一覧を取り込む", "take in what runs, as the tools print it"),
    example="kb diagram collect ec2 --from ec2.json\nkb diagram collect hosts --from hosts/\nkb diagram collect zabbix",
)
def collect(
    source: Annotated[
        SourceName,
        argument(
            "SOURCE", t("ec2、codedeploy、zabbix、hosts、repos、csv", "ec2, codedeploy, zabbix, hosts, repos or csv")
        ),
    ],
    given: Annotated[
        list[Path] | None,
        option(
            "--from FILE",
            t(
                "ツールが印刷したままのファイルか、そのフォルダー。続きのページは繰り返して",
                "the file as the tool printed it, or a folder of them; repeat it for further pages",
            ),
        ),
    ] = None,
    name: Annotated[
        str, option("--name N", t("スナップショットの名前（既定は取り込み元の名前）", "what to call it (the source)"))
    ] = "",
    scope: Annotated[
        str, option("--scope TEXT", t("どの範囲か（アカウント、リージョン）", "of which account or region it is"))
    ] = "",
    taken_at: Annotated[
        str, option("--taken-at T", t("いつ取ったか（既定はファイルの日時）", "when it was taken (the file's time)"))
    ] = "",
    accept_smaller: Annotated[
        bool,
        option(
            "--accept-smaller",
            t("前より少なくても、これで全部とする", "take it for all there is, though it is less than before"),
        ),
    ] = False,
    script: Annotated[
        bool,
        option("--script", t("各ホストで動かすスクリプトを出す（hosts）", "print the script for each host (hosts)")),
    ] = False,
    record: Annotated[
        Path | None,
        option(
            "--record FILE",
            t(
                "聞いた答えの記録も書く（zabbix。--from で読めます）",
                "write the answers too (zabbix; --from reads them)",
            ),
        ),
    ] = None,
    policy: Annotated[bool, option("--policy", t("必要な最小の権限を出す", "print the least rights it needs"))] = False,
) -> None:
    """Read what a tool printed, take its secrets out, and write `.kb/snapshots/NAME.json`; nothing is sent.

    Zabbix alone is asked live, with methods that only read, where no file is given.
    """
    from kb.estate.collect.take import CollectRequest, take_snapshot
    from kb.estate.drift.kinds import SnapshotState, SourceKind

    kind = SourceKind(source.value)
    if script or policy:
        print(_script(kind) if script else _policy(kind), end="")
        return
    ask = live_question(kind, given=bool(given), record=record)
    private = private_folder()
    moment = parse_moment(taken_at, "--taken-at", ZoneInfo(_zone())).isoformat() if taken_at else ""
    paths = tuple(path.expanduser() for path in given or ())
    request = CollectRequest(kind, paths, name or kind.value, scope, moment, accept_smaller)
    made = take_snapshot(request, private, now(UTC), _model(), ask)
    _tell(made, private)
    raise typer.Exit(Exit.OK if made.state is SnapshotState.OK else Exit.SOURCE)


def _tell(made: Snapshot, private: Path) -> None:
    from kb.estate.collect.policies import POLICIES
    from kb.estate.drift.kinds import SnapshotState
    from kb.estate.drift.snapshot import describe_count, describe_gap

    shown = format_local_time(made.taken_at, _zone())
    count = describe_count(made)
    place = sanitize(f"{private.name}/snapshots/{made.name}.json")
    print(t(f"{made.name}: {count.ja}（{shown} 時点）→ {place}", f"{made.name}: {count.en} as of {shown} → {place}"))
    if made.state is SnapshotState.OK:
        say(t("→ 照らし合わせる: kb diagram check --drift", "→ hold it against the model: kb diagram check --drift"))
        return
    if made.lacks_only_sections:
        sections = sorted({each.part for each in made.why})
        say(
            t(
                f"権限がなく読めない欄があります（{'、'.join(sections)}）。ほかの欄はそろっています。",
                f"its user may not read some sections ({', '.join(sections)}); the others are whole.",
            )
        )
        say(t("→ 照らし合わせる: kb diagram check --drift", "→ hold it against the model: kb diagram check --drift"))
        return
    state, following = _STATES[made.state]
    why = [describe_gap(each) for each in made.why[:_MAX_GAPS]]
    reasons = t("、".join(each.ja for each in why), ", ".join(each.en for each in why))
    if len(made.why) > _MAX_GAPS:
        more = len(made.why) - _MAX_GAPS
        reasons = t(f"{reasons.ja}、ほか {more:,} 件", f"{reasons.en}, and {more:,} more")
    end = t(f"（{reasons.ja}）" if why else "", f" ({reasons.en})" if why else "")
    say(t(f"{state.ja}{end.ja}。", f"{state.en}{end.en}."))
    for kind in dict.fromkeys(each.kind.value for each in made.why):
        if kind in _WHOLE:
            say(_WHOLE[kind])
            return
    say(following if made.source in POLICIES or made.state is SnapshotState.SHRUNK else _LOOK_AGAIN)


_MAX_GAPS = 5
_LOOK_AGAIN = t(
    "→ 全部が最後まで取れているか確かめて、取り直してください。",
    "→ check that all of it is there, to its end, and take it again.",
)
_WHOLE = {
    "pasted": t(
        "→ 全部を見るには: kb diagram collect hosts --script | ssh HOST sh -s > hosts/HOST.txt",
        "→ to see all of it: kb diagram collect hosts --script | ssh HOST sh -s > hosts/HOST.txt",
    ),
    "export": t(
        "→ 届いているかも見るには、Zabbix に聞いてください: kb diagram collect zabbix",
        "→ to see whether hosts are reached, ask Zabbix: kb diagram collect zabbix",
    ),
}
"""What to do for the rest of what somebody pasted, or exported."""
_STATES = {
    "empty": (
        t("中身がありません。「なくなった」とは判断しません", "it is empty: nothing is taken for gone"),
        t(
            "→ 権限（--policy）とリージョンを確かめて、取り直してください。",
            "→ check the rights (--policy) and the region, and take it again.",
        ),
    ),
    "incomplete": (
        t("全部ではありません。「なくなった」とは判断しません", "it is not whole: nothing is taken for gone"),
        t(
            "→ 権限（--policy）と続きのページを確かめて、取り直してください。",
            "→ check the rights (--policy) and the further pages, and take it again.",
        ),
    ),
    "shrunk": (
        t(
            "急に減っています。「なくなった」とは判断しません",
            "there is suddenly much less: nothing is taken for gone",
        ),
        t(
            "→ 権限かリージョンを確かめ、正しければ --accept-smaller をつけて取り直してください。",
            "→ check the rights and the region; if it is right, take it again with --accept-smaller.",
        ),
    ),
}


def private_folder() -> Path:
    """Return `.kb/` beside kb.toml, else beside the folder of the model, else here."""
    from kb.diagram.model.toml import find_model_folder
    from kb.errors import InputError

    if path := find_config():
        return path.parent / ".kb"
    try:
        return find_model_folder(Path.cwd()).parent / ".kb"
    except InputError:
        return Path.cwd() / ".kb"


def _model() -> Model | None:
    from kb.diagram.model.toml import find_model_folder, load_model
    from kb.errors import InputError

    try:
        folder = find_model_folder(Path.cwd())
    except InputError:
        return None
    return load_model(folder)


def _zone() -> str:
    config = find_config()
    return load_settings(config).timezone if config else "Asia/Tokyo"


def _script(kind: SourceKind) -> str:
    """Return the script for hosts. Raises UsageError for other sources."""
    if kind.value != SourceName.HOSTS.value:
        raise UsageError(
            t(f"{kind} にスクリプトはありません。", f"there is no script for {kind}."),
            t("kb diagram collect hosts --script", "kb diagram collect hosts --script"),
        )
    return asset_path(HOSTS_SCRIPT).read_text("utf-8")


def _policy(kind: SourceKind) -> str:
    """Return the least rights for a source. Raises UsageError where nobody grants any."""
    from kb.estate.collect.policies import POLICIES

    if kind not in POLICIES:
        raise UsageError(
            t(f"{kind} に権限の設定はありません。", f"there are no rights to grant for {kind}."),
            t("--policy は ec2、codedeploy、zabbix で使えます。", "--policy is for ec2, codedeploy and zabbix."),
        )
    return POLICIES[kind]
