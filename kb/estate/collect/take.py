"""Take a snapshot: read what a tool printed, compare it with the last one, and write it whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from kb.diagram.model.nouns import Model
from kb.errors import InputError, UsageError
from kb.estate.collect.codedeploy import read_codedeploy
from kb.estate.collect.csv_list import read_csv_list
from kb.estate.collect.ec2 import read_ec2
from kb.estate.collect.hosts.printed import read_hosts
from kb.estate.collect.inputs import Collected, InputFile, read_inputs
from kb.estate.collect.mask import mask_words
from kb.estate.collect.repos import read_repositories
from kb.estate.collect.store import load_snapshot, load_snapshots, save_snapshot
from kb.estate.collect.zabbix.answers import read_zabbix
from kb.estate.drift.estate import Estate
from kb.estate.drift.items.earlier import remember_hosts
from kb.estate.drift.items.hosts import HostsItems
from kb.estate.drift.kinds import SnapshotState, SourceKind
from kb.estate.drift.snapshot import NAME_PATTERN, Snapshot, make_snapshot, mark_accepted, mark_shrunk
from kb.text.display import sanitize
from kb.text.lang import t

READERS: dict[SourceKind, Callable[[Sequence[InputFile]], Collected]] = {
    SourceKind.EC2: read_ec2,
    SourceKind.CODEDEPLOY: read_codedeploy,
    SourceKind.ZABBIX: read_zabbix,
    SourceKind.HOSTS: read_hosts,
    SourceKind.CSV: read_csv_list,
}
"""What reads a source from files; repositories are read by git."""


@dataclass(frozen=True, slots=True)
class CollectRequest:
    """What was asked for. `taken_at` is "" for the input's own time; `name` the snapshot's."""

    source: SourceKind
    paths: tuple[Path, ...]
    name: str
    scope: str = ""
    taken_at: str = ""
    accept_smaller: bool = False


def take_snapshot(
    request: CollectRequest,
    private: Path,
    moment: datetime,
    model: Model | None,
    ask: Callable[[], InputFile] | None = None,
) -> Snapshot:
    """Read the input, or what is asked live (`ask`), and write `snapshots/NAME.json` below a private folder.

    With a `model`, a first snapshot that misses too much of what it expects is marked as shrunk.
    Raises InputError, UsageError and what `ask` raises, and then writes nothing; StoreError.
    """
    if not NAME_PATTERN.fullmatch(request.name):
        shown = sanitize(request.name)[:40]
        raise UsageError(
            t(f"--name「{shown}」は使えません。", f"--name {shown!r} cannot be used."),
            t("英小文字、数字、- で 40 字まで。", "small letters, digits and hyphens, 40 at most."),
        )
    previous = load_snapshot(private, request.name)
    if previous is not None and previous.source is not request.source:
        raise UsageError(
            t(
                f"{request.name} は {previous.source} のスナップショットです。",
                f"{request.name} is a snapshot of {previous.source}.",
            ),
            t("--name に別の名前を指定してください。", "give another --name."),
        )
    found, latest = _read(request) if ask is None else (READERS[request.source]([ask()]), "")
    if previous is not None and isinstance(found.items, HostsItems):
        found = replace(found, items=remember_hosts(found.items, previous))
    now = moment.astimezone(UTC).replace(microsecond=0).isoformat()
    made = make_snapshot(
        request.source,
        found.items,
        name=request.name,
        scope=mask_words(request.scope),
        taken_at=found.taken_at or request.taken_at or latest or now,
        collected_at=now,
        gaps=found.gaps,
        previous=previous,
        accept_smaller=request.accept_smaller,
    )
    if model is not None and made.state is SnapshotState.OK and not made.accepted:
        made = _mark_first_sight(made, private, model)
    save_snapshot(private, made)
    return made


def _read(request: CollectRequest) -> tuple[Collected, str]:
    """Return what was collected, and when the newest file was written."""
    if request.source is SourceKind.REPOS:
        return read_repositories(list(request.paths)), ""
    files = read_inputs(request.paths, lossy=request.source is SourceKind.HOSTS)
    if request.taken_at:
        files = [replace(file, modified_at=request.taken_at) for file in files]
    return READERS[request.source](files), max((file.modified_at for file in files), default="")


def _mark_first_sight(made: Snapshot, private: Path, model: Model) -> Snapshot:
    """Return a first snapshot as one that the model was held against."""
    try:
        others = [each for each in load_snapshots(private) if each.name != made.name]
    except InputError:  # one that cannot be read is told when somebody looks at all of them
        others = []
    estate = Estate(model, [*others, made], datetime.fromisoformat(made.taken_at))
    standing = next(each for each in estate.standings if each.snapshot.name == made.name)
    if standing.state is SnapshotState.SHRUNK:
        return mark_shrunk(made, standing.why)
    # What Zabbix should watch is known once EC2 was collected.
    return mark_accepted(made) if made.source is SourceKind.EC2 or estate.shows(SourceKind.EC2) else made
