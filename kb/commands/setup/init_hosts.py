"""What `kb init` learns of a team's host names: from pages it reads anyway, the mirror, and inventories."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kb.console.terminal import say
from kb.errors import KbError, UsageError
from kb.model.host_names import HostPage, LearntHosts
from kb.text.display import sanitize
from kb.text.lang import Text, t

if TYPE_CHECKING:
    from kb.settings.workspace import Workspace

_PAGES_MOST = 2000
"""Of the mirror, the newest: what is older tells of hosts that are gone."""
_SHOWN = 6


def learn_hosts(
    pages: Iterable[HostPage],
    members: Collection[str],
    inventory: Sequence[str],
    mirror: Path,
    limited: Sequence[str] = (),
) -> LearntHosts:
    """Learn from pages, the mirror where there is one, and names that are known to be hosts.

    Pages in `limited` categories are not learnt from: not every member may read them.
    """
    from kb.reading.hosts.learn import HostLearner
    from kb.text.globs import is_limited

    files = [*_model_hosts(Path.cwd()), *_listed_hosts(inventory)]
    learner = HostLearner(members, files)
    by_doc = {page.doc: page for page in (*_mirror_pages(mirror), *pages)}  # what was read just now is newer
    for page in by_doc.values():
        if not is_limited(page.title.rpartition("/")[0], limited):
            learner.add(page.title, page.body)
    return learner.learn()


def _mirror_pages(mirror: Path) -> Iterator[HostPage]:
    """Yield the newest documents of the mirror that every member may read, masked; none without a mirror."""
    if not mirror.exists():
        return
    from kb.mirror.queries import newest_shared
    from kb.mirror.store import Mirror
    from kb.secrets.mask_document import mask_text

    with Mirror.open(mirror, readonly=True) as opened:
        for stored in newest_shared(opened.database, _PAGES_MOST):
            page = stored.document
            doc = str(page.doc) if page.part == "body" else f"{page.doc} {page.part}"
            title = mask_text(f"{page.category}/{page.title}")
            yield HostPage(doc, title, mask_text(page.body, page.title, page.markup, stored.structure))


def _listed_hosts(files: Sequence[str]) -> Iterator[str]:
    """Yield the names in lists of machines; an address is none. Raises InputError."""
    from kb.estate.match.machines import read_inventory
    from kb.settings.check_hosts import is_host_name

    for file in files:
        for machine in read_inventory(Path(file).expanduser()):
            if is_host_name(machine.name) and not machine.name.replace(".", "").isdigit():
                yield machine.name


def _model_hosts(folder: Path) -> Iterator[str]:
    """Yield the names that the model of the system gives in full, where there is one that can be read."""
    from kb.diagram.model.toml import MODEL_FOLDER, load_model
    from kb.settings.check_hosts import is_host_name

    if not (folder / MODEL_FOLDER).is_dir():
        return
    try:
        model = load_model(folder / MODEL_FOLDER)
    except KbError as error:
        say(t(f"構成図のもとは使っていません。{error.what.ja}", f"the system model was not used: {error.what.en}"))
        return
    for node in model.nodes:
        for name in (*node.match.host, *node.match.ec2_name, *node.match.zabbix):
            if is_host_name(name) and "*" not in name and "?" not in name:
                yield name


def describe_hosts(learnt: LearntHosts) -> str:
    """Return the host names that were learnt, in one line."""
    if not learnt.names:
        return str(
            t(
                "（まだ分かりません。kb sync のあとなら kb init --hosts でもっと読めます）",
                "(not known yet; after kb sync, kb init --hosts reads more)",
            )
        )
    shown = ", ".join(map(sanitize, learnt.names[:_SHOWN]))
    more = len(learnt.names) - _SHOWN
    return shown + (str(t(f" ほか {more:,} 個", f" and {more:,} more")) if more > 0 else "")


def describe_unsure(learnt: LearntHosts) -> Text | None:
    """Return what could not be decided on; None for nothing."""
    if not learnt.unsure:
        return None
    shown = [sanitize(each.name) for each in learnt.unsure[:_SHOWN]]
    return t(
        f"ホストか決められなかった名前: {'、'.join(shown)}。ホストなら kb.toml の [hosts] names に書き足してください。",
        f"names that may be hosts or not: {', '.join(shown)}. those that are go into [hosts] names of kb.toml.",
    )


def propose_hosts(workspace: Workspace, inventory: Sequence[str]) -> None:
    """Print `[hosts]` with what the mirror and inventories tell besides kb.toml; no file is written."""
    from kb.estate.collect.names import list_families
    from kb.lint.cache.known_values import member_names
    from kb.mirror.limited import require_synced
    from kb.mirror.store import Mirror
    from kb.reading.hosts.find_hosts import find_hosts
    from kb.reading.hosts.learn import add_known
    from kb.reading.hosts.shapes import add_families
    from kb.settings.propose import render_hosts

    members: frozenset[str] = frozenset()
    if workspace.mirror.exists():
        require_synced(workspace)
        with Mirror.open(workspace.mirror, readonly=True) as mirror:
            members = member_names(mirror)
    elif not inventory and not any((workspace.private / "snapshots").glob("*.json")):
        raise UsageError(
            t("まだ何も写していません。", "nothing is mirrored yet."),
            t(
                "kb sync を実行するか、--inventory でサーバーの一覧を指定してください。",
                "run kb sync, or give a list of machines with --inventory.",
            ),
        )
    known = workspace.settings.hosts.host_names
    learnt = learn_hosts((), members, inventory, workspace.mirror)
    proposed = add_known(learnt, known)
    families = list_families(workspace.root, known)
    proposed = replace(proposed, pattern=add_families(proposed.pattern, families))
    print(render_hosts(proposed), end="")
    if families:
        shown = ", ".join(f"{each}…" for each in map(sanitize, families[:_SHOWN]))
        say(t(f"取り込んだ機械の名前から: {shown}", f"from the names of collected machines: {shown}"))
    new = len([name for name in learnt.names if not find_hosts(name, known)])
    say(
        t(
            f"kb.toml にないホスト名は {new:,} 個です（ファイルは書いていません）。"
            "kb.toml の [hosts] をこれに置き換えてください。",
            f"host names that kb.toml lacks: {new:,} (no file was written). put this in place of its [hosts].",
        )
    )
