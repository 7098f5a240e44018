"""The snapshots of a workspace: `.kb/snapshots/NAME.json`, for their owner only, replaced whole."""

from __future__ import annotations

from pathlib import Path

from kb.errors import InputError
from kb.estate.drift.snapshot import Snapshot, decode_snapshot, encode_snapshot
from kb.files import make_private_folder, read_bytes, replace_file, store_error
from kb.text.lang import t

FOLDER = "snapshots"


def load_snapshots(private: Path) -> list[Snapshot]:
    """Return all snapshots by name. Raises InputError for one that cannot be read."""
    folder = private / FOLDER
    paths = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return [each for each in (_load(path) for path in paths if not path.name.startswith(".")) if each is not None]


def load_snapshot(private: Path, name: str) -> Snapshot | None:
    """Return one snapshot, None where there is none. Raises InputError."""
    return _load(private / FOLDER / f"{name}.json")


def _load(path: Path) -> Snapshot | None:
    data = read_bytes(path)
    if data is None:
        return None
    found = decode_snapshot(data, path.stem)
    if found.name != path.stem:
        raise InputError(
            t(f"{path.name} の中の name は {found.name} です。", f"{path.name} holds a snapshot named {found.name}."),
            t("ファイル名を戻すか、取り直してください。", "give it its name again, or collect it again."),
        )
    return found


def save_snapshot(private: Path, snapshot: Snapshot) -> Path:
    """Write a snapshot in place of the last of its name. Raises InputError, StoreError; then nothing is written."""
    make_private_folder(private)
    path = private / FOLDER / f"{snapshot.name}.json"
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        replace_file(path, encode_snapshot(snapshot), private=True)
    except OSError as error:
        raise store_error(error, path) from None
    return path
