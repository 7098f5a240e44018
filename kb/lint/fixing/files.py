"""Apply fixes to files, and report them."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from kb.errors import InputError, UsageError, os_reason
from kb.lint.fixing.edits import (
    HOLDS_SECRET,
    AppliedEdits,
    MaskedFile,
    SkippedEdit,
    apply_edits,
    place_edit,
    show_masked,
)
from kb.lint.inputs.jsonl import OnInputError
from kb.lint.inputs.paths import read_file
from kb.lint.printable import document_id
from kb.model.document import Document, RawDocId
from kb.model.finding import Edit, Finding, Safety, WaiverKind
from kb.model.masked import Masked, reshape
from kb.secrets.mask_document import mask_name
from kb.secrets.quick_scan import NO_PERSONAL_KINDS
from kb.text.display import sanitize, sanitize_lines
from kb.text.lang import Text, t

MAX_SHOWN = 10
"""How many fixes that were not made are listed."""


@dataclass(frozen=True, slots=True)
class UnfixedFinding:
    """A finding whose fix was not made, and why: a clause without a full stop."""

    doc: RawDocId
    finding: Finding
    why: Text


@dataclass(slots=True)
class FixReport:
    """The counts of one run.

    `unsafe` findings have a fix only `--unsafe-fixes` makes, `known` ones are in the baseline. `pending` fixes
    are the current file's, counted once it is written. With `shown` the fixes are in a diff and nothing was
    written.
    """

    shown: bool = False
    fixed: int = 0
    files: int = 0
    unsafe: int = 0
    known: int = 0
    failed: int = 0
    pending: int = 0
    left: list[UnfixedFinding] = field(default_factory=list)

    def count(self) -> None:
        """Count the current file's fixes."""
        self.files += 1
        self.fixed += self.pending
        self.pending = 0

    def lines(self) -> Iterator[Text]:
        """Yield the report, one printable sentence a line."""
        if self.shown:
            yield t(
                f"直せるもの {self.fixed:,} 件（{self.files} ファイル）。まだ何も書いていません。",
                f"{self.fixed:,} to fix in {_files(self.files)}; nothing was written.",
            )
        else:
            yield t(
                f"{self.files} ファイルで {self.fixed:,} 件を直しました。",
                f"fixed {self.fixed:,} in {_files(self.files)}.",
            )
        for each in self.left[:MAX_SHOWN]:
            place = sanitize(f"{document_id(each.doc)}:{each.finding.span.line} {each.finding.code}")
            yield t(f"- {place}: {each.why.ja}。", f"- {place}: {each.why.en}.")
        if len(self.left) > MAX_SHOWN:
            more = len(self.left) - MAX_SHOWN
            yield t(f"- このような行がほかに {more:,} 件あります。", f"- and {more:,} more like these.")
        if self.unsafe:
            yield t(
                f"意味が変わるかもしれない修正が {self.unsafe:,} 件あります。 → --unsafe-fixes --diff で見られます。",
                f"{self.unsafe:,} more could change a meaning: see them with --unsafe-fixes --diff.",
            )
        if self.known:
            yield t(
                f"ベースラインにある指摘も {self.known:,} 件直せます。 → --baseline {os.devnull} を付けると直します。",
                f"{self.known:,} more in the baseline could be fixed: --baseline {os.devnull} fixes them too.",
            )


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"


# Only files below the named paths are written, links followed, and only if unchanged since they were read.


FILE_CHANGED = t(
    "読んだあとにファイルが変わりました。もう一度実行してください",
    "the file has changed since it was read: run it again",
)
OUTSIDE_PATHS = t(
    "リンクの先が、指定した PATH の外にあります",
    "it is a link to a file outside the given PATHs",
)


def require_paths(paths: Sequence[str], flag: str) -> None:
    """Raise UsageError unless local files were named: a lint never changes remote documents."""
    if not paths:
        raise UsageError(
            t(
                f"{flag} が直すのは、PATH で指定した手元のファイルだけです。",
                f"{flag} mends only local files that are given as PATH.",
            ),
            t(
                f"例: kb lint {flag} notes/。esa と Redmine は、変更案（kb plan）で直します。",
                f"for example: kb lint {flag} notes/. Changes of esa and Redmine go through plans that people review.",
            ),
        )


class _Mended(NamedTuple):
    """A file's new content, and its masked form for the diff."""

    raw: bytes
    before: Masked
    after: Masked


class Fixer:
    """Applies the edits of findings; with `diff` prints them and writes nothing.

    `personal` are the kinds of personal data treated as secrets. Files that cannot be written go to `trouble`.
    """

    def __init__(
        self,
        paths: Iterable[str],
        trouble: OnInputError,
        *,
        unsafe: bool = False,
        diff: Callable[[str], object] | None = None,
    ) -> None:
        self._roots = tuple(Path(path).resolve() for path in paths)
        self._trouble = trouble
        self._unsafe = unsafe
        self._diff = diff
        self._read: dict[RawDocId, bytes] = {}
        self.personal = NO_PERSONAL_KINDS
        self.report = FixReport(shown=diff is not None)

    def remember(self, documents: Iterable[tuple[Document, bytes | None]]) -> Iterator[tuple[Document, bytes | None]]:
        """Yield the same documents, keeping each as it was read."""
        for read, structure in documents:
            self._read[read.doc] = _digest(read.body.encode())
            yield read, structure

    def add(self, doc: RawDocId, findings: Sequence[Finding]) -> bool:
        """Apply the fixes of one file's findings that are not set aside, and return whether it changed."""
        wanted = [found for found in findings if found.edits and found.waiver is None]
        chosen = [found for found in wanted if self._wants(found)]
        self.report.unsafe += len(wanted) - len(chosen)
        self.report.known += sum(
            found.waiver.kind is WaiverKind.BASELINED and self._wants(found) for found in findings if found.waiver
        )
        if not chosen:
            return False
        path = Path(str(doc))
        try:
            real = path.resolve(strict=True)
            raw, status = _contents(real)
        except OSError as error:
            self._failed(path, error)
            return False
        if not self._named(real):
            return self._leave(doc, chosen, OUTSIDE_PATHS)
        if self._read.get(doc) != _digest(raw):
            return self._leave(doc, chosen, FILE_CHANGED)
        done = self._fix(path, raw, chosen)
        if done.raw == raw:
            return False
        if self._diff is not None:
            self._diff(render_diff(mask_name(path.as_posix()), done.before, done.after))
        else:
            try:
                if not _replace(real, done.raw, status):
                    return self._leave(doc, chosen, FILE_CHANGED)
            except OSError as error:
                self._failed(path, error)
                return False
        self.report.count()
        return True

    def _fix(self, path: Path, raw: bytes, chosen: Sequence[Finding]) -> _Mended:
        """Return the file with its fixes made; the others go to the report."""
        read, structure = read_file(path, raw.decode())
        cover = MaskedFile(read, structure, self.personal)
        fixes: list[tuple[Finding, list[Edit]]] = []
        for found in chosen:
            places = [
                HOLDS_SECRET if cover.refuses(edit) else place_edit(read, structure, edit) for edit in found.edits
            ]
            why = next((each for each in places if isinstance(each, Text)), None)
            if why is not None:
                self.report.left.append(UnfixedFinding(read.doc, found, why))
            else:
                fixes.append((found, [each for each in places if isinstance(each, Edit)]))
        done = apply_edits(read.body, [edits for _, edits in fixes])
        for found, edits in fixes:
            why = _why(done, edits)
            if why is not None:
                self.report.left.append(UnfixedFinding(read.doc, found, why))
            else:
                self.report.pending += 1
        new = [edits for _, edits in fixes]  # made from masked text, like the body they are shown in
        return _Mended(done.text.encode(), cover.body, reshape(cover.body, lambda body: apply_edits(body, new).text))

    def _wants(self, found: Finding) -> bool:
        return bool(found.edits) and (self._unsafe or _safe(found.edits))

    def _named(self, real: Path) -> bool:
        return any(real == root or root in real.parents for root in self._roots)

    def _leave(self, doc: RawDocId, findings: Iterable[Finding], why: Text) -> bool:
        self.report.pending = 0
        self.report.left += (UnfixedFinding(doc, found, why) for found in findings)
        return False

    def _failed(self, path: Path, error: OSError) -> None:
        self.report.pending = 0
        self.report.failed += 1
        self._trouble(
            InputError(
                t(
                    f"{path}: 直せません（{os_reason(error).ja}）。",
                    f"{path}: cannot be mended ({os_reason(error).en}).",
                ),
                t(
                    "元のままです。権限と空きを確かめてください。ほかのファイルは続けました。",
                    "it is as it was: check permissions and space; the other files were done.",
                ),
            )
        )


def render_diff(name: str, before: Masked, after: Masked) -> str:
    """Return a unified diff without control characters, values masked."""
    name = sanitize(name)
    lines = map(
        show_masked, difflib.unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}", lineterm="\n")
    )
    return "".join(
        sanitize_lines(line) if line.endswith("\n") else f"{sanitize_lines(line)}\n\\ No newline at end of file\n"
        for line in lines
    )


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _safe(edits: Iterable[Edit]) -> bool:
    return all(edit.safety is Safety.SAFE for edit in edits)


def _why(done: AppliedEdits, edits: Iterable[Edit]) -> Text | None:
    """Return why these edits were not made; None when they were."""
    if all(edit in done.applied for edit in edits):
        return None
    reasons: dict[Edit, SkippedEdit] = {each.edit: each for each in done.skipped}
    return next(reasons[edit].why for edit in edits if edit in reasons)


def _digest(raw: bytes) -> bytes:
    return hashlib.blake2b(raw, digest_size=16).digest()


def _contents(path: Path) -> tuple[bytes, os.stat_result]:
    with path.open("rb") as file:
        return file.read(), os.fstat(file.fileno())


def _replace(path: Path, content: bytes, read: os.stat_result) -> bool:
    """Replace a file's content, keeping its mode; return False if it changed since it was `read`.

    Raises OSError, with nothing changed.
    """
    if not os.access(path, os.W_OK):
        raise PermissionError(13, os.strerror(13))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".kb-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), stat.S_IMODE(read.st_mode))
            file.flush()
            os.fsync(file.fileno())
        now = path.stat()
        if (now.st_mtime_ns, now.st_size, now.st_ino) != (read.st_mtime_ns, read.st_size, read.st_ino):
            return False
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
    return True
