"""Writing the mirror into a folder: what is new or changed is written, what is gone is taken away.

A file is replaced or removed only while it holds what the last export wrote into it: what somebody
made or changed by hand stays, and is told. One page is in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kb.errors import UsageError
from kb.export import folder as manifest
from kb.export.folder import Tree
from kb.export.pages import beside, body_of, path_of, same_place, text_of
from kb.mirror.documents import Stored
from kb.mirror.store import Mirror
from kb.model.document import Document, Kind, Visibility
from kb.model.secret import SecretKind
from kb.secrets.mask_document import shown
from kb.secrets.quick_scan import NOBODY
from kb.text.lang import t


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be written besides the pages that every member can see.

    Personal data of the kinds of `personal` is masked as credentials are.
    """

    private: bool = False
    attachments: bool = False
    personal: frozenset[SecretKind] = NOBODY


@dataclass(slots=True)
class Done:
    """What an export did, in files.

    `hidden` counts texts left out because not every member can see them, `attached` the attachments
    among the files there are now. `kept` are files that hold what somebody else wrote. `held`: nothing
    was removed, since the mirror is only half read.
    """

    new: int = 0
    changed: int = 0
    same: int = 0
    removed: int = 0
    hidden: int = 0
    attached: int = 0
    kept: list[str] = field(default_factory=list)
    held: bool = False


def export(mirror: Mirror, folder: Path, wish: Wish) -> Done:
    """Bring the folder up to date with the mirror.

    Raises UsageError for a folder with other things in it, InputError for one that cannot be used
    safely, StoreError when it cannot be written. What was written until then is in the manifest.
    """
    done = Done()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise UsageError(
            t(f"{folder} はフォルダーではありません。", f"{folder} is no folder."),
            t("別の名前を指定してください。", "give another name."),
        ) from None
    with Tree(folder) as tree:
        before = manifest.load(tree)
        if before is None:
            _require_empty(folder)
            manifest.save(tree, {})
        old = {same_place(path): (path, digest) for path, digest in (before or {}).items()}
        files: dict[str, str] = {}
        try:
            for path, content in _files(mirror, wish, done):
                known = old.pop(same_place(path), None)
                _put(tree, path, content, known and known[1], files, done)
            done.held = mirror.unfinished()
            if not done.held:
                for key in list(old):
                    _remove(tree, *old.pop(key), done)
        finally:
            files.update({path: digest for path, digest in old.values() if path not in files})
            manifest.save(tree, files)
    done.kept.sort()
    return done


def _require_empty(folder: Path) -> None:
    """What a new folder may hold besides: git's own."""
    other = next((each.name for each in folder.iterdir() if not each.name.startswith(".git")), None)
    if other is not None:
        raise UsageError(
            t(
                f"{folder} には、kb export が書いたのではないものがあります。",
                f"{folder} holds things that kb export did not write.",
            ),
            t(
                "空のフォルダーか、前に書き出したフォルダーを指定してください。",
                "give an empty folder, or one exported to before.",
            ),
        )


def _files(mirror: Mirror, wish: Wish, done: Done) -> Iterator[tuple[str, bytes]]:
    """Path and content of each file there is to be."""
    for page in mirror.pages():
        family = list(mirror.family(page))
        if not family or family[0].id != page:  # buried meanwhile
            continue
        if not (wish.private or _for_all(family[0])):
            done.hidden += 1
            continue
        seen = [each for each in family if wish.private or _for_all(each)]
        done.hidden += len(family) - len(seen)
        yield from _of_page(mirror, seen, wish, done)


def _for_all(stored: Stored) -> bool:
    return stored.document.visibility >= Visibility.MEMBERS


def _of_page(mirror: Mirror, family: list[Stored], wish: Wish, done: Done) -> Iterator[tuple[str, bytes]]:
    def look(stored: Stored) -> Document:
        return shown(stored.document, stored.structure, wish.personal, mirror.purged(stored.id))

    own, *others = family
    page = look(own)
    path = path_of(page, own.key, str(own.document.doc))
    others.sort(key=lambda each: (each.document.created_at, len(each.key), each.key))
    attached = [each for each in others if each.document.kind is Kind.ATTACHMENT]
    notes = (look(each) for each in others if each.document.kind is not Kind.ATTACHMENT and each.document.body.strip())
    yield path, text_of(page, notes).encode("utf-8", "replace")
    for each in attached if wish.attachments else ():
        document = look(each)
        content = body_of(document)
        if content:
            done.attached += 1
            yield beside(path, document, each.key), content.encode("utf-8", "replace")


def _put(tree: Tree, path: str, content: bytes, known: str | None, files: dict[str, str], done: Done) -> None:
    digest = manifest.digest(content)
    there = tree.read(path)
    if path in files or (there not in (None, content) and (known is None or manifest.digest(there or b"") != known)):
        done.kept.append(path)
        if known is not None:
            files.setdefault(path, known)
        return
    if there == content:
        done.same += 1
    else:
        tree.write(path, content)
        if there is None:
            done.new += 1
        else:
            done.changed += 1
    files[path] = digest


def _remove(tree: Tree, path: str, digest: str, done: Done) -> None:
    there = tree.read(path)
    if there is None:
        return
    if manifest.digest(there) != digest:
        done.kept.append(path)
        return
    tree.remove(path)
    done.removed += 1
