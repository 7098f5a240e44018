"""What the hosts script prints on a machine (`templates/collect-hosts.sh`), read strictly: what is cut is told.

A section counts as cut when its lines are not as many as it says, when one of them is no row of it, or is too long. A
file may hold several machines, one after the other, and words of a login shell before them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from kb.estate.collect.hosts.pasted import join_pasted, read_pasted
from kb.estate.collect.hosts.rows import make_host
from kb.estate.collect.inputs import Collected, InputFile, reject
from kb.estate.collect.mask import MASKED, mask_words
from kb.estate.drift.items.hosts import Host, HostsItems
from kb.estate.drift.kinds import GapKind, SectionState
from kb.estate.drift.snapshot import Gap
from kb.text.dates import is_zoned_instant
from kb.text.display import sanitize
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

_HEAD = "#kb-hosts 1"
_SECTION = compile_lazy(r"=== ([a-z]{1,20}) (ok|absent|denied|failed|cut) (\d{1,9})")
_END = "end"
_FAILED = {
    SectionState.DENIED: GapKind.DENIED,
    SectionState.FAILED: GapKind.FAILED,
    SectionState.CUT: GapKind.CUT,
}
_CONTROL = compile_lazy(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffd]")
_NAME = compile_lazy(r"[\w.-]{1,253}")
_LONGEST = 4000
"""Bytes of a line."""

_PREAMBLE = 40
"""Lines that a login shell may say before the script begins."""

_UNREACHED = compile_lazy(
    r"(?i)ssh: |kex_exchange|permission denied|host key verification|connection (?:closed|refused|reset|timed out)"
    r"|no route to host|could not resolve|command not found|: not found"
)
_NAMELESS = frozenset(["", "localhost", "localhost.localdomain", MASKED])


def read_hosts(files: Sequence[InputFile]) -> Collected:
    """Return the hosts of several outputs. Raises InputError for a file that is none.

    Of two outputs of one machine the newer counts; machines that only have one name go by their files'.
    """
    found: dict[str, Host] = {}
    gaps: dict[str, list[Gap]] = {}
    pasted: list[Host] = []
    for file in files:
        if _HEAD not in file.text and (hosts_in_it := read_pasted(file)):
            pasted += hosts_in_it
            continue
        stem = file.name.removesuffix(".txt")
        outputs = list(_outputs(file))
        if not outputs:  # ssh failed before the script began
            kind = GapKind.FAILED if file.text.strip() else GapKind.CUT
            gaps.setdefault(f"file {stem}", []).append(Gap(kind, mask_words(stem)))
        for lines in outputs:
            host, missing = _Reader(file.name, lines).read()
            if not host.sections:  # it was reached, and said nothing
                gaps.setdefault(f"file {stem}", []).append(Gap(GapKind.CUT, mask_words(stem)))
                continue
            other = found.get(host.name)
            if host.name in _NAMELESS or (other and not set(other.ips) & set(host.ips) and other.ips != host.ips):
                host = _rename(host, mask_words(stem), found)
                other = found.get(host.name)
            if other is None or datetime.fromisoformat(other.taken_at) <= datetime.fromisoformat(host.taken_at):
                found[host.name] = host
                gaps[host.name] = [Gap(kind, host.name, part) for kind, part in missing]
    for host in join_pasted(pasted):
        if host.name not in found:  # the script says more
            found[host.name] = host
            gaps[host.name] = [Gap(GapKind.PASTED, host.name, section) for section in host.sections]
    if not found:  # nothing at all: that is told as an empty source
        return Collected(HostsItems())
    hosts = tuple(found[name] for name in sorted(found))
    latest = max(hosts, key=lambda host: datetime.fromisoformat(host.taken_at))
    return Collected(HostsItems(hosts), tuple(gap for name in sorted(gaps) for gap in gaps[name]), latest.taken_at)


def _rename(host: Host, stem: str, found: dict[str, Host]) -> Host:
    """Return a host under the name of its file, with a number when that is taken as well."""
    stem = stem if stem not in _NAMELESS else "host"
    name = next(each for each in (stem, *(f"{stem}-{n}" for n in range(2, len(found) + 3))) if each not in found)
    return replace(host, name=name)


def _outputs(file: InputFile) -> Iterator[list[str]]:
    """Yield the lines of each output in a file. Raises InputError for a file of another kind."""
    lines = [line.rstrip("\r") for line in file.text.split("\n")]
    begins = next((at for at, line in enumerate(lines[:_PREAMBLE]) if line == _HEAD), None)
    if begins is None:
        text = file.text.strip()
        if text and not (len(text) < _LONGEST and _UNREACHED.search(text)):
            raise reject(
                file.name,
                t(f"{_HEAD} で始まりません", f"it does not begin with {_HEAD}"),
                t(
                    "kb diagram collect hosts --script | ssh HOST sh -s の出力か、ps aux、docker ps -a、"
                    "redis-cli cluster nodes、ls -l /tmp を、打った行ごと貼ったファイルを渡してください。",
                    "give what kb diagram collect hosts --script | ssh HOST sh -s prints; or ps aux, docker ps -a,"
                    " redis-cli cluster nodes or ls -l /tmp, pasted with the line that was typed.",
                ),
            )
        return
    ended = False
    for at in range(begins + 1, len(lines)):
        if lines[at] == _HEAD and ended:
            yield lines[begins:at]
            begins, ended = at, False
        ended = ended or lines[at].startswith(f"=== {_END} ")
    yield lines[begins:]


class _Reader:
    """Reads one output."""

    def __init__(self, file_name: str, lines: list[str]) -> None:
        self._file_name = file_name
        self._lines = lines
        self._states: dict[str, SectionState] = {}
        self._rows: dict[str, list[list[str]]] = {}
        self._is_whole = False

    def read(self) -> tuple[Host, list[tuple[GapKind, str]]]:
        """Return the host, its name "" where it says none, and which parts are missing. Raises InputError."""
        head = dict(line[1:].partition(" ")[::2] for line in self._lines[1:6] if line.startswith("#"))
        taken_at = head.get("taken", "").strip()
        if not is_zoned_instant(taken_at):
            shown = sanitize(mask_words(taken_at))[:40]
            raise reject(
                self._file_name,
                t(
                    f"#taken「{shown}」が日時ではないか、ありえない年です（ホストの時計を確かめてください）",
                    f"#taken {shown!r} is not a time, or of an impossible year (check the clock of the host)",
                ),
            )
        self._read_sections()
        name = next((row[1] for row in self._rows.get("id", []) if row[0] == "hostname" and len(row) > 1), "")
        name = mask_words(name) if _NAME.fullmatch(name) else ""
        host, broken = make_host(name, taken_at, mask_words(_CONTROL.sub("?", head.get("user", ""))), self._rows)
        for section in broken:
            self._cut(section)
        gaps = [(_FAILED[state], each) for each, state in self._states.items() if state in _FAILED]
        if not self._is_whole and not any(kind is GapKind.CUT for kind, _ in gaps):
            gaps.append((GapKind.CUT, ""))
        if not self._is_whole and self._states:  # the last section may have lost lines as well
            self._cut(next(reversed(self._states)))
        return replace(host, sections=self._states), gaps

    def _cut(self, section: str) -> None:
        if self._states[section] not in _FAILED:
            self._states[section] = SectionState.CUT

    def _read_sections(self) -> None:
        """Split the lines into sections; a count that does not fit, or no end, is a cut."""
        at = 0
        while at < len(self._lines):
            found = _SECTION.fullmatch(self._lines[at])
            at += 1
            if not found:
                continue
            name, state, count = found[1], SectionState(found[2]), int(found[3])
            if name == _END:
                rest = any(line.strip() for line in self._lines[at:])
                self._is_whole = count == len(self._states) and state is SectionState.OK and not rest
                break
            rows = self._lines[at : at + count]
            inner = next((n for n, row in enumerate(rows) if row.startswith("=== ")), len(rows))
            following = self._lines[at + count] if at + count < len(self._lines) else ""
            fits = inner == count and following.startswith("=== ") and name not in self._states
            rows = rows[:inner]
            self._states[name] = state
            self._rows[name] = [_cells(row) for row in rows if row]
            if not fits or any(len(row) > _LONGEST // 4 and len(row.encode()) > _LONGEST for row in rows):
                self._cut(name)
            at += len(rows)


def _cells(row: str) -> list[str]:
    return _CONTROL.sub("?", row[:_LONGEST]).split("\t")
