"""Snapshots: what one source said at one time, whole or marked as not, and as a file. Pure.

A snapshot remembers how much its source last said in full (`accepted`), so that a source that suddenly says much less
is taken for one that no longer sees everything, and not for a system that lost its machines.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from kb.errors import InputError
from kb.estate.drift.items.codedeploy import CodeDeployItems
from kb.estate.drift.items.csv_list import CsvItems
from kb.estate.drift.items.ec2 import Ec2Items
from kb.estate.drift.items.hosts import HostsItems
from kb.estate.drift.items.repos import ReposItems
from kb.estate.drift.items.union import Items
from kb.estate.drift.items.zabbix import ZabbixItems
from kb.estate.drift.kinds import GapKind, SnapshotState, SourceKind
from kb.text.dates import is_zoned_instant
from kb.text.lang import Text, count_noun, t
from kb.text.lazy_pattern import compile_lazy

FORMAT = 1
SHRUNK_SHARE, SHRUNK_LEAST = 0.2, 2
"""A source is shrunk when more than this share, and at least so many, of what it last said in full is missing."""

NAME_PATTERN = compile_lazy(r"[a-z0-9][a-z0-9-]{0,39}")
"""What a snapshot may be called: its file's name."""


ITEM_TYPES: Mapping[SourceKind, type[Items]] = {
    SourceKind.EC2: Ec2Items,
    SourceKind.CODEDEPLOY: CodeDeployItems,
    SourceKind.ZABBIX: ZabbixItems,
    SourceKind.HOSTS: HostsItems,
    SourceKind.REPOS: ReposItems,
    SourceKind.CSV: CsvItems,
}
_COUNTED = {
    SourceKind.EC2: "instances",
    SourceKind.CODEDEPLOY: "groups",
    SourceKind.ZABBIX: "hosts",
    SourceKind.HOSTS: "hosts",
    SourceKind.REPOS: "repositories",
    SourceKind.CSV: "rows",
}
"""The field of a source's items whose number says how much it sees."""


_COUNT_NOUNS = {
    SourceKind.EC2: ("インスタンス", "instance"),
    SourceKind.CODEDEPLOY: ("デプロイ先", "deployment group"),
    SourceKind.ZABBIX: ("ホスト", "host"),
    SourceKind.HOSTS: ("ホスト", "host"),
    SourceKind.REPOS: ("リポジトリ", "repository"),
    SourceKind.CSV: ("行", "row"),
}


class Gap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing that is missing from a snapshot: of which host or call, and which part of it."""

    kind: GapKind
    of: str = ""
    part: str = ""


BASE_SECTIONS = frozenset({"id"})
"""Sections of a host without which nothing can be said of it at all."""


def is_section_gap(gap: Gap) -> bool:
    """Return whether a host was read but for a section it may not show: what rests on other sections is whole."""
    return gap.kind is GapKind.DENIED and bool(gap.of and gap.part) and gap.part not in BASE_SECTIONS


class Snapshot(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one source said. `counts` is how much of each thing it said, `accepted` the same when it last said all.

    `accepted` is empty as long as nothing was there to compare with: neither an earlier snapshot nor the model.
    """

    format: int = FORMAT
    source: SourceKind
    name: str
    scope: str = ""
    taken_at: str
    collected_at: str
    state: SnapshotState
    why: tuple[Gap, ...] = ()
    counts: dict[str, int] = {}
    accepted: dict[str, int] = {}
    items: msgspec.Raw = msgspec.Raw(b"{}")

    @property
    def lacks_only_sections(self) -> bool:
        """Whether all that is missing are sections that its hosts may not show."""
        only = self.source is SourceKind.HOSTS and self.state is SnapshotState.INCOMPLETE
        return only and all(map(is_section_gap, self.why))

    def read_items(self) -> Items:
        """Return what it holds. Raises InputError when that is not what its source says."""
        try:
            return msgspec.json.decode(self.items, type=ITEM_TYPES[self.source])
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise _unreadable(self.name, t("中身が壊れています", str(error))) from None


def make_snapshot(
    source: SourceKind,
    items: Items,
    *,
    name: str,
    scope: str,
    taken_at: str,
    collected_at: str,
    gaps: tuple[Gap, ...] = (),
    previous: Snapshot | None = None,
    accept_smaller: bool = False,
) -> Snapshot:
    """Return the snapshot of what was collected, marked where it does not hold everything.

    `previous` is the last one of the same name; `accept_smaller` takes what is there as all there is.
    """
    counts = count_items(items)
    main = _COUNTED[source]
    base = _base(previous)
    lacks_more = bool(gaps) and not (source is SourceKind.HOSTS and all(map(is_section_gap, gaps)))
    if lacks_more:
        state = SnapshotState.INCOMPLETE
    elif not counts[main]:
        state = SnapshotState.EMPTY
    elif not accept_smaller and is_smaller(counts[main], base.get(main, 0)):
        state, gaps = SnapshotState.SHRUNK, (*gaps, Gap(GapKind.SMALLER, main, str(base[main])))
    else:
        state = SnapshotState.INCOMPLETE if gaps else SnapshotState.OK
    judged = accept_smaller or bool(base) or source not in JUDGED_BY_MODEL
    taken_whole = state in (SnapshotState.OK, SnapshotState.INCOMPLETE) and not lacks_more and judged
    return Snapshot(
        source=source,
        name=name,
        scope=scope,
        taken_at=taken_at,
        collected_at=collected_at,
        state=state,
        why=gaps,
        counts=counts,
        accepted=counts if taken_whole else base,
        items=msgspec.Raw(msgspec.json.encode(items)),
    )


JUDGED_BY_MODEL = frozenset({SourceKind.EC2, SourceKind.ZABBIX})
"""Sources that are held against the model when they are first seen."""


def mark_accepted(snapshot: Snapshot) -> Snapshot:
    """Return a first snapshot as one that holds what the model expects."""
    return msgspec.structs.replace(snapshot, accepted=snapshot.counts)


def mark_shrunk(snapshot: Snapshot, why: tuple[Gap, ...]) -> Snapshot:
    """Return a snapshot as one of a source that does not see everything."""
    return msgspec.structs.replace(snapshot, state=SnapshotState.SHRUNK, why=why)


def describe_count(snapshot: Snapshot) -> Text:
    """Return how much a source says, in words."""
    ja, en = _COUNT_NOUNS[snapshot.source]
    count = snapshot.counts.get(_COUNTED[snapshot.source], 0)
    return t(f"{ja} {count:,}", count_noun(count, en))


def _base(previous: Snapshot | None) -> dict[str, int]:
    """Return how much a source last said in full; what is first seen counts once it is seen again."""
    if previous is None:
        return {}
    return previous.accepted or (previous.counts if previous.state is SnapshotState.OK else {})


def count_items(items: Items) -> dict[str, int]:
    """Return how many of each thing there are."""
    found = {name: getattr(items, name) for name in items.__struct_fields__}
    return {name: len(value) for name, value in found.items() if isinstance(value, tuple)}


def is_smaller(now: int, before: int, *, least: int = SHRUNK_LEAST) -> bool:
    """Return whether so much less is there that the source, not the system, has probably changed."""
    return before - now >= least and before - now > before * SHRUNK_SHARE


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """Return the bytes of its file: the same for the same content."""
    return msgspec.json.format(msgspec.json.encode(snapshot, order="deterministic"), indent=1) + b"\n"


def decode_snapshot(data: bytes, name: str) -> Snapshot:
    """Read a snapshot's file. Raises InputError naming what is wrong, for a file of another format too."""
    try:
        found = msgspec.json.decode(data, type=Snapshot)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise _unreadable(name, t("中身が壊れています", str(error))) from None
    if found.format != FORMAT:
        raise _unreadable(name, t(f"形式 {found.format}", f"format {found.format}"))
    if not NAME_PATTERN.fullmatch(found.name):
        raise _unreadable(name, t(f"名前 {found.name[:40]!r}", f"name {found.name[:40]!r}"))
    if not is_zoned_instant(found.collected_at):
        moment = f"collected_at {found.collected_at[:40]!r}"
        raise _unreadable(name, t(moment, moment))
    if not is_zoned_instant(found.taken_at):
        gap = Gap(GapKind.TIME, found.taken_at[:40])
        return msgspec.structs.replace(
            found, taken_at=found.collected_at, state=SnapshotState.INCOMPLETE, why=(*found.why, gap)
        )
    return found


def _unreadable(name: str, why: Text) -> InputError:
    return InputError(
        t(
            f"スナップショット {name} を読めません（.kb/snapshots/{name}.json、{why.ja}）。",
            f"snapshot {name} cannot be read (.kb/snapshots/{name}.json: {why.en}).",
        ),
        t("kb diagram collect で取り直してください。", "take it again with kb diagram collect."),
    )


def describe_gap(gap: Gap) -> Text:
    """Return in words what is missing."""
    of, part = gap.of, gap.part
    shown = f"{of} {part}".strip()
    return {
        GapKind.PAGE: t("続きのページがありません", "a further page is missing"),
        GapKind.GROUPS: t(
            f"アプリケーション {of} のグループがありません", f"the groups of application {of} are missing"
        ),
        GapKind.DENIED: t(f"{shown} は権限がなく読めません", f"{shown} was denied"),
        GapKind.FAILED: t(f"{shown} は取れませんでした", f"{shown} failed"),
        GapKind.CUT: t(f"{shown} は途中で切れています", f"{shown} is cut short"),
        GapKind.EXPORT: t(
            "書き出したファイルなので、届いているか、障害が立っているかは分かりません",
            "it was exported: whether hosts are reached, and what problems stand, is not known",
        ),
        GapKind.PASTED: t(f"{of} は貼り付けた {part} だけです", f"of {of} there is only {part}, pasted"),
        GapKind.EXPECTED: t(
            f"モデルにある {of} のうち {part} しか見えません", f"of {of} in the model, {part} are seen"
        ),
        GapKind.SMALLER: t(f"前は {part} ありました（{of}）", f"there were {part} before ({of})"),
        GapKind.TIME: t(f"取った日時「{of}」がありえません", f"the time it was taken ({of}) is impossible"),
    }[gap.kind]
