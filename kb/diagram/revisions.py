"""Load a model from a git revision, without checkout or fetch."""

from __future__ import annotations

import re
from pathlib import Path

from kb.console.git import run_git
from kb.diagram.model.nouns import Model
from kb.diagram.model.toml import merge_texts
from kb.errors import InputError, ToolError
from kb.text.display import sanitize
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

_LARGEST = 20_000_000
_REVISION = compile_lazy(r"[^\s\x00-\x20\x7f:?*\[\\\-][^\s\x00-\x20\x7f:?*\[\\]{0,199}")


def load_model_at(revision: str, folder: Path) -> Model | None:
    """Return the model in a folder at a revision; None if there was none.

    Raises InputError for an invalid or unknown revision, ConfigError for an invalid model, ToolError when git
    fails.
    """
    shown = sanitize(revision)[:80]
    if not _REVISION.fullmatch(revision) or ".." in revision:
        raise InputError(
            t(f"「{shown}」はリビジョンとして使えません。", f"{shown!r} cannot be a revision."),
            t("ブランチ、タグ、コミットの名前を指定してください。", "give the name of a branch, a tag or a commit."),
        )
    place = folder.parent
    prefix = run_git(place, "rev-parse", "--show-prefix").decode("utf-8", "surrogateescape").rstrip("\n")
    commit = _commit(place, revision)
    if not commit:
        raise InputError(
            t(
                f"「{shown}」というファイルも、git のリビジョンもありません。",
                f"there is neither a file nor a revision of git called {shown!r}.",
            ),
            t(
                "git branch と git tag で名前を確かめてください（浅いクローンなら git fetch --unshallow）。",
                "look at git branch and git tag (in a shallow clone: git fetch --unshallow).",
            ),
        )
    texts = [
        (f"{revision}:{folder.name}/{name}", _text(place, blob, f"{revision}:{name}"))
        for name, blob in _list_blobs(place, commit, f"{prefix}{folder.name}/")
    ]
    return merge_texts(texts) if texts else None


def _commit(place: Path, revision: str) -> str:
    """Return the hash of a revision, "" if unknown."""
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    try:
        found = run_git(place, *words).decode("ascii", "replace").strip()
    except ToolError:
        return ""
    return found if re.fullmatch(r"[0-9a-f]{40,64}", found) else ""


def _list_blobs(place: Path, commit: str, path: str) -> list[tuple[str, str]]:
    """Return names and blobs of a model's files, without links and folders."""
    found = []
    for row in run_git(place, "ls-tree", "-z", "-l", "--full-tree", "--", commit, path).split(b"\0"):
        head, _, name = row.partition(b"\t")
        words = head.split()
        if len(words) != 4 or words[1] != b"blob" or not words[0].startswith(b"100"):
            continue
        last = name.decode("utf-8", "surrogateescape").rpartition("/")[2]
        if last.endswith(".toml") and not last.startswith("."):
            if int(words[3]) > _LARGEST:
                raise InputError(
                    t(
                        f"{sanitize(last)} は大きすぎます（20 MB まで）。",
                        f"{sanitize(last)} is too large (20 MB at most).",
                    ),
                    t("ファイルを分けてください。", "split it into several files."),
                )
            found.append((last, words[2].decode("ascii")))
    return found


def _text(place: Path, blob: str, name: str) -> str:
    try:
        return run_git(place, "cat-file", "blob", blob).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(
            t(f"{sanitize(name)} は UTF-8 ではありません。", f"{sanitize(name)} is not UTF-8."),
            t("UTF-8 で保存してあるリビジョンを指定してください。", "give a revision in which it is."),
        ) from None
