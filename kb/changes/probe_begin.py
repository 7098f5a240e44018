"""What a probe needs before it is agreed to: whose token it is, a name, and a place of that person's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kb.changes.probe import Probe
from kb.changes.probe_scene import Scene
from kb.config import Workspace
from kb.errors import AnswerError, UsageError
from kb.lang import t
from kb.mirror import known
from kb.mirror.lock import run_lock
from kb.mirror.store import Mirror
from kb.sources.call import Watcher
from kb.sources.esa import Esa

_NAME = re.compile(r"[A-Za-z0-9_.-]+")


@contextmanager
def prepared(workspace: Workspace, watch: Watcher | None = None) -> Iterator[Probe]:
    """A probe that has asked whose token it is, and nothing else yet. Nobody else applies anything meanwhile.

    Raises UsageError, BusyError, SourceError, StoreError.
    """
    settings = workspace.settings
    if settings.esa is None:
        raise UsageError(
            t("kb.toml に [esa] がありません。", "kb.toml has no [esa]."),
            t("--probe は esa のためのものです。", "--probe is about esa."),
        )
    path = workspace.mirrored()
    with (
        run_lock(workspace.private, "apply", settings.timezone),
        Mirror.open(path) as mirror,
        Esa.connect(
            settings.esa, cache=workspace.cache, max_wait_s=settings.sync.max_wait_s, watch=watch, to_write=True
        ) as esa,
    ):
        me = esa.identify().screen_name
        folder = workspace.private / "runs"
        name = _free_name(folder, datetime.now(UTC).astimezone(ZoneInfo(settings.timezone)).strftime("%Y%m%d"))
        place = scratch(settings.people.folders, me, name)
        scene = Scene(settings.esa.team, name, me, place, hidden=known.hidden_post(mirror.database))
        yield Probe(esa, mirror, folder, scene)


def scratch(folders: Sequence[str], me: str, run: str) -> str:
    """A category of the caller's own for one run: below their personal folder as kb.toml has it, else `Users`."""
    if not _NAME.fullmatch(me):
        raise AnswerError(
            t("esa が返した screen_name は、分類の名前に使えません。", "esa's screen_name is no name for a category."),
            t("esa の自分の screen_name を確かめてください。", "check your screen_name in esa."),
        )
    tops = (each.removesuffix("/*") for each in folders if each.endswith("/*"))
    top = next((each for each in tops if each and not set(each) & set('*?["')), "Users")
    return f"{top}/{me}/kb-probe/{run}"


def _free_name(folder: Path, day: str) -> str:
    """The name the next run of a day will have."""
    number = 1
    while (folder / f"{day}-{number}.jsonl").exists():
        number += 1
    return f"{day}-{number}"
