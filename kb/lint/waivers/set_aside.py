"""kb-decisions.toml on disk: read anew, added to, taken back; never half-written, never overwritten unseen.

Each change holds a lock on the folder, reads the file as it stands, and replaces it whole. So two
people, or an editor and kb, lose nothing to each other, and a Ctrl-C leaves the old file or the
new one. The lock is on the folder because the file is replaced, and nothing is left lying about.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from kb import files
from kb.errors import StoreError
from kb.files import lock_folder, require_regular_file, store_error
from kb.lint.printable import document_id
from kb.lint.waivers.decisions import Decisions
from kb.model.document import DocId
from kb.model.finding import Finding
from kb.rules.judge import Judgement
from kb.settings.workspace import Workspace
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.lint.waivers.baseline import Baseline
    from kb.lint.waivers.decisions import DecisionKind


DECISIONS_FILE = "kb-decisions.toml"


class DecisionFile:
    """One kb-decisions.toml; a file that is not there yet is an empty one."""

    __slots__ = ("_seen", "_stamp", "path")

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: object = None
        self._seen = Decisions.parse("", DECISIONS_FILE)

    def decisions(self) -> Decisions:
        """What is decided now; parsed anew when the file is another than last time. Raises InputError, StoreError."""
        stamp = self._stat()
        if stamp is None or stamp != self._stamp:
            self._seen, self._stamp = Decisions.parse(self._text(), DECISIONS_FILE), stamp
        return self._seen

    def writable(self) -> None:
        """Raise StoreError or InputError when a decision could not be kept: to be known before any is made."""
        require_regular_file(self.path)
        for path in (self.path.parent, *([self.path] if self.path.exists() else [])):
            if not os.access(path, os.W_OK):
                raise StoreError(
                    t(f"{path} に書き込めないので、決めたことを残せません。",
                      f"{path} cannot be written, so no decision could be kept."),
                    t("所有者と権限を確かめてください。", "check its owner and mode."),
                )  # fmt: skip

    def add(self, block: str) -> None:
        """Write one more `[[decision]]` at the end, whole or not at all. Raises InputError, StoreError."""

        def longer(text: str) -> str:
            gap = "" if not text.strip() else "\n" if text.endswith("\n") else "\n\n"
            return (text if text.strip() else "") + gap + block.strip("\n") + "\n"

        self._change(longer)

    def take_back(self, block: str) -> bool:
        """Remove a block that `add` wrote; False when it no longer stands there as it was written."""
        block = block.strip("\n") + "\n"
        found = False

        def shorter(text: str) -> str | None:
            nonlocal found
            before, here, after = text.rpartition(block)
            found = bool(here) and (not before or before.endswith("\n"))
            if not found:
                return None
            return (before.removesuffix("\n") if before.endswith("\n\n") else before) + after

        self._change(shorter)
        return found

    def _change(self, edit: Callable[[str], str | None]) -> None:
        try:
            with lock_folder(self.path.parent):
                after = edit(self._text())
                if after is not None:
                    Decisions.parse(after, DECISIONS_FILE)  # what kb could not read again is not written
                    files.replace_text(self.path, after)
        except OSError as error:
            raise store_error(error, self.path) from None

    def _text(self) -> str:
        return files.read_text(self.path) or ""

    def _stat(self) -> object:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


# What the team set aside outside of the pages: decisions and the baseline.
#
# Both are files beside kb.toml; where there is none, as when a folder of files is linted by itself,
# in the current folder.


BASELINE_NAME = "kb-baseline.toml"
DECISIONS_NAME = "kb-decisions.toml"


def mask_finding_id(finding: Finding) -> Finding:
    """A finding as the team's files name it: the document's id without a credential that its title holds."""
    doc = document_id(finding.doc)
    return finding if doc == finding.doc else replace(finding, doc=doc)


class SetAsideMarker:
    """Marks findings that somebody set aside; a decision comes before the baseline.

    `named` is the baseline of `--baseline`. Raises InputError for a file that cannot be used.
    """

    def __init__(self, workspace: Workspace | None, named: str | None, today: date) -> None:
        folder = workspace.root if workspace else Path()
        self.path = Path(named) if named is not None else folder / BASELINE_NAME
        self._today = today
        self.baseline: Baseline | None = None
        self.met: set[DocId] = set()
        self.unsure: set[DocId] = set()
        self._decisions: Decisions | None = None
        known = files.read_text(self.path, named=named is not None)
        if known is not None:
            from kb.lint.waivers.baseline import Baseline

            self.baseline = Baseline.parse(known, self.path.name)
        self._documents = self.baseline.documents() if self.baseline is not None else frozenset()
        self.decided_in = folder / DECISIONS_NAME
        if os.path.lexists(self.decided_in):  # a link in a circle is told, not taken for nothing
            self._decisions = DecisionFile(self.decided_in).decisions()

    def marked(self, judgement: Judgement, findings: Iterable[Finding]) -> Iterator[Finding]:
        """One document's findings, each with by what it was set aside.

        Of the documents in the baseline, `met` gathers those that came by, `unsure` those where a rule crashed.
        """
        doc = document_id(judgement.entry.doc)
        if doc in self._documents:
            (self.unsure if judgement.crashes else self.met).add(doc)
        for each in findings:
            waiver = each.waiver
            if waiver is None and self._decisions is not None:
                waiver = self._decisions.match(each, self._today)
            if waiver is None and self.baseline is not None:
                waiver = self.baseline.match(mask_finding_id(each))
            if self._decisions is not None and (done := self._decisions.rotation_of(each, self._today)) is not None:
                from kb.lint.waivers.decisions import mark_rotated

                each = mark_rotated(each, done)
            yield each if waiver is each.waiver else replace(each, waiver=waiver)

    def strange(self, key_id: str) -> Iterator[tuple[Path, str, int]]:
        """Entries on secrets that another key than that of `key_id` made: their file, that key's id, how many."""
        if self.baseline is not None and self.baseline.secrets and self.baseline.key not in ("", key_id):
            yield self.path, self.baseline.key, self.baseline.secrets
        if self._decisions is not None:
            for made_with, count in sorted(self._decisions.keys().items()):
                if made_with != key_id:
                    yield self.decided_in, made_with, count

    @property
    def decided(self) -> int | None:
        """How many findings were decided on; None when there is no file."""
        return len(self._decisions) if self._decisions is not None else None

    def followed(self, finding: Finding) -> DecisionKind | None:
        """What was decided on a finding that is told all the same: that somebody was asked, or a ticket made."""
        if self._decisions is None or not self._decisions.settles(finding, self._today):
            return None
        decision = self._decisions.on(finding)
        return decision.what if decision is not None and finding.waiver is None else None
