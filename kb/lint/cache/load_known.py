"""Load the known values of the current workspace, when a text is first scanned."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kb.console.terminal import say_error
from kb.errors import KbError, StoreError
from kb.secrets.masking.known import NO_KNOWN_VALUES, KnownHashes
from kb.secrets.masking.registry import get_known
from kb.secrets.page.marks import provide_pass
from kb.settings.workspace import Workspace, find_config, load_settings
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.lint.cache.known_values import KnownValues
    from kb.mirror.store import Mirror


def load_known_values() -> KnownHashes:
    """Return the values known in the nearest workspace; none if there is no readable one.

    The command that uses the workspace reports its errors.
    """
    try:
        path = find_config()
        if path is None:
            return NO_KNOWN_VALUES
        workspace = Workspace(path.parent, load_settings(path))
        return load_workspace_known_values(workspace) if workspace.mirror.exists() else NO_KNOWN_VALUES
    except (KbError, OSError):
        return NO_KNOWN_VALUES


def load_workspace_known_values(workspace: Workspace) -> KnownHashes:
    """Return a workspace's known values, including those in its mirror not yet scanned.

    Where nothing can be kept the whole mirror is scanned for this run alone. Raises StoreError.
    """
    from kb.lint.cache.known_values import KnownValues, collect_in_memory, member_names
    from kb.mirror.store import Mirror
    from kb.settings.secret_key import load_key

    host = workspace.settings.hosts.pattern
    listed = {spelling.lower() for spelling, _ in workspace.settings.hosts.host_names.spelled()}
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        names = member_names(mirror) | listed
        try:
            key = load_key(workspace, make=True)
        except KbError:  # no place for one, or one that cannot be used: lint says so
            key = None
        if key is None:
            return collect_in_memory(mirror, names, host)
        try:
            with KnownValues(workspace.known, key.bytes_, key.id) as values:
                if values.is_behind(mirror):
                    _learn(values, mirror, workspace.cache)
                return values.load(names, host)
        except StoreError:  # a disk that takes no writing, or another command that is learning
            if not workspace.known.exists():
                return collect_in_memory(mirror, names, host)
        try:
            with KnownValues(workspace.known, key.bytes_, key.id, readonly=True) as values:
                return values.load(names, host)
        except StoreError as error:
            say_error(error.what, error.next_step)
            return collect_in_memory(mirror, names, host)


def read_clear_documents(workspace: Workspace) -> Mapping[int, bytes]:
    """Return the documents of a workspace's mirror no secret stood in, by id, with the hash of what was scanned.

    None where nothing is kept: who asks scans them anew.
    """
    from kb.lint.cache.known_values import KnownValues
    from kb.settings.secret_key import load_key

    get_known()  # what is new in the mirror is scanned for it
    try:
        if (key := load_key(workspace, make=False)) is None:
            return {}
        with KnownValues(workspace.known, key.bytes_, key.id, readonly=True) as values:
            return values.clear_documents()
    except (KbError, OSError):
        return {}


def _learn(values: KnownValues, mirror: Mirror, cache: Path) -> None:
    from kb.console.progress import Meter
    from kb.lint.cache import compiled
    from kb.lint.cache.engines import open_pass

    compiled.load_patterns()
    provide_pass(lambda make: open_pass(cache, make=make))
    with Meter(str(t("秘密を控えています", "noting secrets"))) as meter:
        values.learn(mirror, meter.step)
    compiled.save_patterns()
