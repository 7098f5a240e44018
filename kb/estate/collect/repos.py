"""A folder of git clones, bare ones too: what the team says should be deployed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from kb.console.git import run_git
from kb.errors import InputError, ToolError
from kb.estate.collect.inputs import Collected
from kb.estate.collect.mask import mask_words
from kb.estate.drift.items.repos import Delivery, ReposItems, Repository
from kb.estate.drift.kinds import GapKind
from kb.estate.drift.snapshot import Gap
from kb.text.display import sanitize
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

COMMITS = 500
"""Commits of a repository that are kept: how far behind a deployed one may be and still be counted."""

_BATCH, _LARGEST = 32_000_000, 200_000_000
"""Bytes of files that are read at once, and of one file whose hash is taken."""

_APPSPEC = compile_lazy(r"(?:^|.*/)appspec\.ya?ml")
_DESTINATION = compile_lazy(r"""\s*(?:-\s*)?destination:\s*(["']?)([^"'#]*)\1\s*(?:#.*)?""")
_COMMIT = compile_lazy(r"[0-9a-f]{40,64}")


def read_repositories(folders: list[Path]) -> Collected:
    """Return the clones below folders, or the folders that are clones. Raises InputError for what is no folder."""
    found: dict[str, Repository] = {}
    gaps: list[Gap] = []
    for folder in folders:
        if not folder.is_dir():
            raise InputError(
                t(f"{sanitize(str(folder))} はフォルダーではありません。", f"{sanitize(str(folder))} is no folder."),
                t("git のクローンが並ぶフォルダーを指定してください。", "name a folder of git clones."),
            )
        for place in _list_clones(folder):
            name = mask_words(place.name.removesuffix(".git"))
            try:
                found[name] = _repository(place, name)
            except ToolError:
                gaps.append(Gap(GapKind.FAILED, name))
    return Collected(ReposItems(tuple(found[name] for name in sorted(found))), tuple(gaps))


def _list_clones(folder: Path) -> Iterator[Path]:
    if _is_clone(folder):
        yield folder
        return
    yield from (each for each in sorted(folder.iterdir()) if each.is_dir() and _is_clone(each))


def _is_clone(place: Path) -> bool:
    return (place / ".git").exists() or ((place / "HEAD").is_file() and (place / "objects").is_dir())


def _repository(place: Path, name: str) -> Repository:
    """Read one clone. Raises ToolError."""
    branch = _ask(place, "rev-parse", "--abbrev-ref", "origin/HEAD").removeprefix("origin/")
    tip = f"refs/remotes/origin/{branch}" if branch else "HEAD"
    if not branch or not _ask(place, "rev-parse", "--verify", "--quiet", "--end-of-options", tip):
        tip, branch = "HEAD", _ask(place, "rev-parse", "--abbrev-ref", "HEAD")
    head = _ask(place, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{tip}^{{commit}}")
    origin = _ask(place, "config", "--get", "remote.origin.url")
    if not _COMMIT.fullmatch(head):  # nothing was ever committed, or git cannot say
        run_git(place, "rev-parse", "--git-dir", elsewhere=True)
        return Repository(name, _clean_origin(origin), mask_words(branch))
    commits = run_git(place, "rev-list", f"--max-count={COMMITS}", head, elsewhere=True).decode("ascii").split()
    files, deliveries = _read_files(place, head)
    return Repository(name, _clean_origin(origin), mask_words(branch), tuple(commits), files, tuple(deliveries))


def _ask(place: Path, *words: str) -> str:
    """Return git's answer, "" where it has none."""
    try:
        return run_git(place, *words, elsewhere=True).decode("utf-8", "replace").strip()
    except ToolError:
        return ""


def _clean_origin(origin: str) -> str:
    """Return an origin without user and password."""
    return mask_words(re.sub(r"^([a-z+]{2,12}://)[^/@\s]*@", r"\1", origin))


def _read_files(place: Path, head: str) -> tuple[dict[str, str], list[Delivery]]:
    """Return the SHA-256 of the files of a commit by path, and what its appspec.yml deliver where."""
    rows = []
    for row in run_git(place, "ls-tree", "-r", "-z", "-l", "--full-tree", head, elsewhere=True).split(b"\0"):
        about, _, raw_path = row.partition(b"\t")
        words = about.split()
        if len(words) == 4 and words[0].startswith(b"100") and words[3].isdigit() and int(words[3]) <= _LARGEST:
            rows.append((raw_path.decode("utf-8", "replace"), words[2], int(words[3])))
    hashes: dict[str, str] = {}
    deliveries: list[Delivery] = []
    for batch in _batches(rows):
        for path, content in _contents(place, batch):
            hashes[mask_words(path)] = hashlib.sha256(content).hexdigest()
            if _APPSPEC.fullmatch(path):
                deliveries += _deliveries(path, content.decode("utf-8", "replace"))
    return {path: hashes[path] for path in sorted(hashes)}, deliveries


def _batches(rows: list[tuple[str, bytes, int]]) -> Iterator[list[tuple[str, bytes]]]:
    batch: list[tuple[str, bytes]] = []
    size = 0
    for path, blob, length in rows:
        if batch and size + length > _BATCH:
            yield batch
            batch, size = [], 0
        batch.append((path, blob))
        size += length
    if batch:
        yield batch


def _contents(place: Path, batch: list[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """Yield the contents of blobs, with one call of git. Raises ToolError."""
    asked = b"".join(blob + b"\n" for _, blob in batch)
    answer, at = run_git(place, "cat-file", "--batch", text=asked, elsewhere=True), 0
    for path, _ in batch:
        end = answer.find(b"\n", at)
        words = answer[at:end].split()
        if len(words) != 3 or not words[2].isdigit():  # `missing`: a partial clone
            at = end + 1
            continue
        start = end + 1
        at = start + int(words[2]) + 1
        yield path, answer[start : at - 1]


def _deliveries(path: str, text: str) -> Iterator[Delivery]:
    for number, line in enumerate(text.split("\n"), 1):
        found = _DESTINATION.fullmatch(line.rstrip("\r"))
        if found and found[2].strip():
            yield Delivery(mask_words(path), number, mask_words(found[2].strip()))
