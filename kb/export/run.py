"""Export the mirror: write what is new or changed, remove what is gone.

A file is replaced or removed only while it is as the last export wrote it; what people made or changed stays
and is reported. One page is in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kb.errors import UsageError
from kb.export.folder import ExportFolder, hash_content, load_manifest, save_manifest
from kb.export.pages import attachment_path, collision_key, normalize_body, page_path, render_page
from kb.lint.people.people import People
from kb.lint.people.roster import spell_people
from kb.mirror.documents import StoredDocument
from kb.mirror.store import Mirror
from kb.model.document import Kind, MaskedDocument, Visibility
from kb.model.secret import SecretKind
from kb.secrets.mask_document import mask_document
from kb.secrets.quick_scan import NO_PERSONAL_KINDS
from kb.text.lang import t


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What to export besides pages every member can see.

    Personal data of the kinds `personal` is masked like credentials. `people` are named by one spelling.
    """

    private: bool = False
    attachments: bool = False
    personal: frozenset[SecretKind] = NO_PERSONAL_KINDS
    people: People = field(default_factory=People)


@dataclass(slots=True)
class ExportCounts:
    """What an export did, in files.

    `hidden` counts texts not every member can see, `personal_files` tells of files of private folders, `attached`
    counts the attachments there are now. `kept` are files with someone else's content. `held`: nothing was removed,
    since the mirror is incomplete.
    """

    new: int = 0
    changed: int = 0
    same: int = 0
    removed: int = 0
    hidden: int = 0
    personal_files: bool = False
    attached: int = 0
    kept: list[str] = field(default_factory=list)
    held: bool = False


def export_mirror(mirror: Mirror, folder: Path, options: ExportOptions) -> ExportCounts:
    """Update the folder from the mirror.

    Raises UsageError for a folder with other content, InputError for an unsafe one, StoreError when it cannot be
    written. What was written so far is in the manifest.
    """
    counts = ExportCounts()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise UsageError(
            t(f"{folder} はフォルダーではありません。", f"{folder} is not a folder."),
            t("別の名前を指定してください。", "give another name."),
        ) from None
    with ExportFolder(folder) as tree:
        before = load_manifest(tree)
        if before is None:
            _require_empty(folder)
            save_manifest(tree, {})
        old = {collision_key(path): (path, digest) for path, digest in (before or {}).items()}
        files: dict[str, str] = {}
        try:
            for path, content in _files(mirror, options, counts):
                known = old.pop(collision_key(path), None)
                _write_page(tree, path, content, known and known[1], files, counts)
            counts.held = mirror.unfinished()
            if not counts.held:
                for key in list(old):
                    _remove(tree, *old.pop(key), counts)
        finally:
            files.update({path: digest for path, digest in old.values() if path not in files})
            save_manifest(tree, files)
    counts.kept.sort()
    return counts


def _require_empty(folder: Path) -> None:
    """Raise UsageError unless a new folder holds nothing but git's own files."""
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


def _files(mirror: Mirror, options: ExportOptions, counts: ExportCounts) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of each file to write."""
    for page in mirror.pages():
        family = list(mirror.family(page))
        if not family or family[0].id != page:  # buried meanwhile
            continue
        least = Visibility.PRIVATE if options.private else Visibility.MEMBERS
        seen = [each for each in family if each.document.visibility >= least]
        if family[0].document.visibility < least:
            own = family[0].document.is_personal_file
            counts.personal_files |= own
            counts.hidden += not own
            continue
        counts.hidden += len(family) - len(seen)
        yield from _page_files(mirror, seen, options, counts)


def _page_files(
    mirror: Mirror, family: list[StoredDocument], options: ExportOptions, counts: ExportCounts
) -> Iterator[tuple[str, bytes]]:
    def look(stored: StoredDocument) -> MaskedDocument:
        seen = mask_document(stored.document, stored.structure, options.personal, mirror.purged(stored.id))
        return spell_people(seen, options.people)

    own, *others = family
    page = look(own)
    path = page_path(page, own.key, str(own.document.doc))
    others.sort(key=lambda each: (each.document.created_at, len(each.key), each.key))
    attached = [each for each in others if each.document.kind is Kind.ATTACHMENT]
    notes = (look(each) for each in others if each.document.kind is not Kind.ATTACHMENT and each.document.body.strip())
    yield path, render_page(page, notes).encode("utf-8", "replace")
    for each in attached if options.attachments else ():
        document = look(each)
        content = normalize_body(document)
        if content:
            counts.attached += 1
            yield attachment_path(path, document, each.key), content.encode("utf-8", "replace")


def _write_page(
    tree: ExportFolder, path: str, content: bytes, known: str | None, files: dict[str, str], counts: ExportCounts
) -> None:
    there = tree.read(path)
    is_foreign = there not in (None, content) and (known is None or hash_content(there or b"") != known)
    if path in files or is_foreign:
        counts.kept.append(path)
        if known is not None:
            files.setdefault(path, known)
        return
    if there == content:
        counts.same += 1
    else:
        tree.write(path, content)
        counts.new += there is None
        counts.changed += there is not None
    files[path] = hash_content(content)


def _remove(tree: ExportFolder, path: str, digest: str, counts: ExportCounts) -> None:
    there = tree.read(path)
    if there is None:
        return
    if hash_content(there) != digest:
        counts.kept.append(path)
        return
    tree.remove(path)
    counts.removed += 1
