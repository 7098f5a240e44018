"""The names of machines for the rest of kb: `.kb/hosts.json`, made anew where snapshots or the model changed.

The file is small beside the snapshots, and holds no time: what was only collected again leaves it as it is, and with
it all that was judged with its names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import kb
from kb.errors import KbError
from kb.files import make_private_folder, read_bytes, replace_file
from kb.model.host_names import NO_COLLECTED_NAMES, CollectedName, CollectedNames, HostNames

if TYPE_CHECKING:
    from kb.diagram.model.nouns import Model
    from kb.estate.drift.estate import Estate

NAMES_FILE = "hosts.json"
FORMAT = 1


class _NamesFile(msgspec.Struct, forbid_unknown_fields=True):
    """`stamp` stands for the files the names were made of."""

    format: int
    stamp: str
    digest: str
    names: tuple[CollectedName, ...]


def load_names(root: Path, own: HostNames) -> CollectedNames:
    """Return the names that collected sources have for machines, for the workspace at `root`.

    `own` are the host names of kb.toml. Where a snapshot or the model cannot be read the names of before stay:
    `kb diagram check` says why.
    """
    private = root / ".kb"
    stamp = _stamp(root, own)
    if not stamp:
        return NO_COLLECTED_NAMES
    before = _read(private / NAMES_FILE)
    known = CollectedNames(before.digest, before.names) if before else NO_COLLECTED_NAMES
    if before is not None and before.stamp == stamp:
        return known
    try:
        found = _make(root, own, known)
    except KbError:
        return known
    try:
        make_private_folder(private)
        file = _NamesFile(FORMAT, stamp, found.digest, found.names)
        replace_file(private / NAMES_FILE, msgspec.json.encode(file), private=True)
    except (OSError, KbError):  # made again the next time
        pass
    return found


def _make(root: Path, own: HostNames, before: CollectedNames) -> CollectedNames:
    """Return the names of the machines of all snapshots. Raises KbError for one that cannot be read."""
    from kb.diagram.model.toml import MODEL_FOLDER, load_model
    from kb.estate.drift.names import name_machines

    estate = _join(root, own, load_model(root / MODEL_FOLDER))
    return name_machines(estate, own, before) if estate is not None else NO_COLLECTED_NAMES


def list_families(root: Path, own: HostNames) -> tuple[str, ...]:
    """Return what the names of the collected machines begin with, none where nothing was. Raises KbError."""
    from kb.diagram.model.nouns import Model

    estate = _join(root, own, Model())
    return estate.families if estate is not None else ()


def _join(root: Path, own: HostNames, model: Model) -> Estate | None:
    """Join all snapshots with a model, however old they are; None without one. Raises KbError."""
    from datetime import datetime

    from kb.estate.collect.load import with_model_pattern
    from kb.estate.collect.store import load_snapshots
    from kb.estate.drift.estate import Estate
    from kb.estate.drift.kinds import SourceKind
    from kb.estate.drift.standing import DriftPolicy

    snapshots = load_snapshots(private=root / ".kb")
    newest = max((datetime.fromisoformat(each.taken_at) for each in snapshots), default=None)
    if newest is None:
        return None
    policy = DriftPolicy(max_age=dict.fromkeys(SourceKind, _ANY_AGE))
    return Estate(model, snapshots, newest, policy, with_model_pattern(model, own))


_ANY_AGE = 36_500
"""Days: a page tells of the machines of its time."""


def _stamp(root: Path, own: HostNames) -> str:
    """Return what stands for the files that names are made of, "" where nothing was collected."""
    snapshots = sorted((root / ".kb" / "snapshots").glob("[!.]*.json"))
    if not snapshots:
        return ""
    models = sorted((root / "diagrams").glob("*.toml"))
    seen = (FORMAT, kb.__version__, own.pattern, own.names, own.aliases, list(_states([*snapshots, *models])))
    return hashlib.blake2b(msgspec.msgpack.encode(seen), digest_size=16).hexdigest()


def _states(paths: list[Path]) -> Iterator[tuple[str, int, int]]:
    for path in paths:
        try:
            state = path.stat()
        except OSError:
            continue
        yield path.name, state.st_size, state.st_mtime_ns


def _read(path: Path) -> _NamesFile | None:
    """Return the file, None where there is none that can be read."""
    try:
        data = read_bytes(path)
        found = None if data is None else msgspec.json.decode(data, type=_NamesFile)
    except (KbError, OSError, msgspec.MsgspecError, UnicodeError):
        return None
    return found if found is not None and found.format == FORMAT else None
