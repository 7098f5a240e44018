"""Read and change kb-decisions.toml, and mark the findings set aside.

Each change locks the folder, reads the file as it is, and replaces it whole, so that people, editors and kb
do not overwrite each other and an interrupt leaves the old file or the new one. The folder is locked because
the file is replaced.
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
from kb.model.document import RawDocId, Visibility
from kb.model.finding import Finding
from kb.recurrence.record import NO_ANSWERS, Answers
from kb.rules.judge import Judgement
from kb.settings.workspace import Workspace
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.lint.waivers.baseline import Baseline
    from kb.lint.waivers.decisions import DecisionKind


DECISIONS_FILE = "kb-decisions.toml"


class DecisionFile:
    """One kb-decisions.toml, and the one below `.kb/` on what not every member may read; a missing file is empty.

    Without a workspace there is no `private_path`.
    """

    __slots__ = ("_seen", "_stamp", "path", "private_path")

    def __init__(self, path: Path, private_path: Path | None = None) -> None:
        self.path = path
        self.private_path = private_path
        self._stamp: object = None
        self._seen = Decisions()

    @classmethod
    def of(cls, workspace: Workspace | None) -> DecisionFile:
        """Return the files of a workspace, or the one in the current folder."""
        if workspace is None:
            return cls(Path(DECISIONS_FILE))
        return cls(workspace.root / DECISIONS_FILE, workspace.private / DECISIONS_FILE)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, that of the team first."""
        return (self.path,) if self.private_path is None else (self.path, self.private_path)

    def path_for(self, visibility: Visibility) -> Path:
        """Return the file for decisions on what such readers have."""
        return self.path if visibility >= Visibility.MEMBERS else self.paths[-1]

    def decisions(self) -> Decisions:
        """Return the current decisions, parsed again if a file changed. Raises InputError, StoreError."""
        stamp = [_stat(each) for each in self.paths]
        if None in stamp or stamp != self._stamp:
            shared, *private = (Decisions.parse(_text(each), each.name) for each in self.paths)
            self._seen, self._stamp = shared.joined(*private), stamp
        return self._seen

    def writable(self) -> None:
        """Raise StoreError or InputError if a decision could not be saved."""
        for each in self.paths:
            require_regular_file(each)
        for path in (self.path.parent, *(each for each in self.paths if each.exists())):
            if not os.access(path, os.W_OK):
                raise StoreError(
                    t(f"{path} に書き込めないので、決めたことを残せません。",
                      f"{path} cannot be written, so no decision could be kept."),
                    t("所有者と権限を確かめてください。", "check its owner and mode."),
                )  # fmt: skip

    def name_of(self, path: Path) -> str:
        """Return what one of the files is called in messages."""
        return path.name if path == self.path else f"{path.parent.name}/{path.name}"

    def add(self, block: str, path: Path | None = None) -> None:
        """Append a `[[decision]]` to one of the files, whole or not at all. Raises InputError, StoreError."""

        def longer(text: str) -> str:
            gap = "" if not text.strip() else "\n" if text.endswith("\n") else "\n\n"
            return (text if text.strip() else "") + gap + block.strip("\n") + "\n"

        self._change(path or self.path, longer)

    def take_back(self, block: str) -> bool:
        """Remove a block `add` wrote; return False if it is no longer there unchanged."""
        block = block.strip("\n") + "\n"
        found = False

        def shorter(text: str) -> str | None:
            nonlocal found
            before, here, after = text.rpartition(block)
            found = bool(here) and (not before or before.endswith("\n"))
            if not found:
                return None
            return (before.removesuffix("\n") if before.endswith("\n\n") else before) + after

        for path in self.paths:
            if not found and path.exists():
                self._change(path, shorter)
        return found

    def _change(self, path: Path, edit: Callable[[str], str | None]) -> None:
        try:
            with lock_folder(path.parent):
                after = edit(_text(path))
                if after is not None:
                    Decisions.parse(after, path.name)  # what kb could not read again is not written
                    files.replace_text(path, after)
        except OSError as error:
            raise store_error(error, path) from None


def _text(path: Path) -> str:
    return files.read_text(path) or ""


def _stat(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


# Decisions and baseline are files beside kb.toml or, without one, in the current folder.


BASELINE_NAME = "kb-baseline.toml"


def mask_finding_id(finding: Finding) -> Finding:
    """Return a finding with the id the team's files know it by, masked: a title can hold a credential.

    What is found on a system is known by its node, whichever file of the model that stands in.
    """
    doc = document_id(finding.doc) if not finding.target else f"system:{finding.node}".rstrip(":")
    return finding if doc == finding.doc else replace(finding, doc=doc)


def _has_private_part(path: Path, workspace: Workspace) -> bool:
    """Return whether a baseline holds no private documents: it is not below `.kb/`, nor /dev/null, which has none."""
    special = path.exists() and not path.is_file()
    return not special and not path.resolve().is_relative_to(workspace.private.resolve())


class SetAsideMarker:
    """Marks findings set aside; a decision comes before the baseline.

    `named` is the file of `--baseline`. What not every member may read has files of its own below `.kb/`, which git
    does not see; a baseline that is there itself holds everything. Raises InputError for an invalid file.
    """

    def __init__(self, workspace: Workspace | None, named: str | None, today: date) -> None:
        folder = workspace.root if workspace else Path()
        self.path = Path(named) if named is not None else folder / BASELINE_NAME
        self._today = today
        self.baseline: Baseline | None = None
        self.private_baseline: Baseline | None = None
        self.private_path: Path | None = None
        self.has_ended = False  # the baseline, which then sets nothing aside
        self.ended = 0  # findings it did set aside before
        self.met: set[RawDocId] = set()
        self.unsure: set[RawDocId] = set()
        self._decisions: Decisions | None = None
        known = files.read_text(self.path, named=named is not None)
        if known is not None:
            from kb.lint.waivers.baseline import Baseline

            self.baseline = Baseline.parse(known, self.path.name)
        if workspace is not None and _has_private_part(self.path, workspace):
            self.private_path = workspace.private / BASELINE_NAME
            if (text := files.read_text(self.private_path)) is not None:
                from kb.lint.waivers.baseline import Baseline

                self.private_baseline = Baseline.parse(text, self.private_path.name)
        self.has_ended = any(baseline.has_ended(today) for _, baseline in self.baselines())
        self._documents = frozenset(doc for _, baseline in self.baselines() for doc in baseline.documents())
        decided = DecisionFile.of(workspace)
        self.decided_in = decided.path
        if any(map(os.path.lexists, decided.paths)):  # a circular link is an error, not a missing file
            self._decisions = decided.decisions()

    def baselines(self) -> Iterator[tuple[Path, Baseline]]:
        """Yield the baselines there are, the team's first."""
        for path, baseline in ((self.path, self.baseline), (self.private_path, self.private_baseline)):
            if path is not None and baseline is not None:
                yield path, baseline

    def mark(self, judgement: Judgement, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield a document's findings, each with what set it aside.

        Of the baseline's documents, `met` collects those seen, `unsure` those where a rule crashed.
        """
        doc = document_id(judgement.entry.doc)
        if doc in self._documents:
            (self.unsure if judgement.crashes else self.met).add(doc)
        for each in findings:
            waiver = each.waiver
            if waiver is None and self._decisions is not None:
                waiver = self._decisions.match(each, self._today)
            for _, baseline in self.baselines() if waiver is None else ():
                waiver = waiver or baseline.match(mask_finding_id(each))
                if waiver is not None and baseline.has_ended(self._today):
                    self.ended += 1
                    waiver = None
            if self._decisions is not None and (done := self._decisions.rotation_of(each, self._today)) is not None:
                from kb.lint.waivers.decisions import mark_rotated

                each = mark_rotated(each, done)
            yield each if waiver is each.waiver else replace(each, waiver=waiver)

    def foreign_entries(self, key_id: str) -> Iterator[tuple[Path, str, int]]:
        """Yield entries made with another key than `key_id`: file, that key's id, number."""
        for path, baseline in self.baselines():
            counts = baseline.sealed()
            if baseline.secrets and baseline.key:
                counts[baseline.key] += baseline.secrets
            for made_with, count in sorted(counts.items()):
                if made_with != key_id:
                    yield path, made_with, count
        if self._decisions is not None:
            for made_with, count in sorted(self._decisions.keys().items()):
                if made_with != key_id:
                    yield self.decided_in, made_with, count

    @property
    def answers(self) -> Answers:
        """What people answered of two incidents: whether they are the same trouble."""
        return self._decisions.answers() if self._decisions is not None else NO_ANSWERS

    @property
    def decided(self) -> int | None:
        """The number of findings decided on; None without a file."""
        return len(self._decisions) if self._decisions is not None else None

    def find_followed(self, finding: Finding) -> DecisionKind | None:
        """Return the decision on a finding that is still shown: the author was asked, or a ticket made."""
        if self._decisions is None or not self._decisions.settles(finding, self._today):
            return None
        decision = self._decisions.on(finding)
        return decision.what if decision is not None and finding.waiver is None else None
