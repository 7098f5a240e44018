"""Deployed folders against their repository: what differs, and what a program writes while it runs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kb.estate.drift.items.files import DeployedFile
from kb.estate.drift.items.repos import Repository
from kb.text.globs import matches_glob
from kb.text.word_tables import read_words

_WRITTEN = read_words("kb.estate.drift", "words/trees.toml")
_FOLDERS = frozenset(_WRITTEN.words("folders"))
_KINDS = frozenset(_WRITTEN.words("kinds"))


def list_differences(repository: Repository, files: Sequence[DeployedFile], owns: Sequence[str]) -> list[str]:
    """Return the files of a folder that its repository has otherwise, and those that came to its source; sorted.

    A file that the repository does not have counts where its folder, or one above it, holds source of its kind, and
    where it is in `owns`: patterns of what the repository alone may fill. What a program writes while it runs does not.
    """
    kinds = {_place(path) for path in repository.files}
    return sorted(
        each.path
        for each in files
        if each.sha256
        and repository.files.get(each.path) != each.sha256
        and (
            any(matches_glob(pattern, each.path) for pattern in owns)
            or (_is_source(each.path, kinds) if each.path not in repository.files else not _is_written(each.path))
        )
    )


def _is_source(path: str, kinds: set[tuple[str, str]]) -> bool:
    """Return whether a file came to source of its kind, `kinds` are the repository's by folder."""
    folder, kind = _place(path)
    if not kind or kind in _KINDS:
        return False
    if (folder, kind) in kinds:
        return True
    parts = folder.split("/")
    return _FOLDERS.isdisjoint(map(str.lower, parts)) and any((above, kind) in kinds for above in _above(parts))


def _is_written(path: str) -> bool:
    """Return whether a file that the repository has is one a program goes on writing: a log in a folder of logs."""
    folder, kind = _place(path)
    return kind in _KINDS and not _FOLDERS.isdisjoint(map(str.lower, folder.split("/")))


def _above(parts: Sequence[str]) -> Iterator[str]:
    """Yield the folders above one; the root, where everything begins, is none."""
    yield from ("/".join(parts[:count]) for count in range(len(parts) - 1, 0, -1))


def _place(path: str) -> tuple[str, str]:
    """Return the folder of a file, "" for the root, and its kind: its ending, "" for one without."""
    folder, _, name = path.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    return folder, ending.lower() if dot and stem else ""
