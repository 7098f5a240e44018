"""`kb triage --page ID --same-as OTHER`: answer once whether two incidents are the same trouble."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kb.clock import lint_time
from kb.console.terminal import say
from kb.errors import UsageError
from kb.lint.inputs.mirrored import require_documents, split_documents
from kb.lint.waivers.decisions import pair_decision, render_decision
from kb.lint.waivers.set_aside import DecisionFile
from kb.mirror import limited
from kb.mirror.store import Mirror
from kb.secrets.mask_document import mask_name
from kb.settings.workspace import open_workspace
from kb.text.display import sanitize
from kb.text.lang import t


def answer_pair(page: str, same_as: str, not_same_as: str, who: Callable[[Path], str], now: str) -> None:
    """Keep the answer in kb-decisions.toml, where those may read who may read both pages.

    `who` returns who answers, given the workspace's folder.

    Raises UsageError for anything but two mirrored documents, InputError and StoreError for a file that cannot be
    written.
    """
    if not page or (same_as and not_same_as):
        raise UsageError(
            t("--same-as と --not-same-as は、どちらか 1 つを --page と一緒に使います。",
              "--same-as or --not-same-as goes with --page, one of them."),
            t("例: kb triage --page esa:1397 --not-same-as esa:1204",
              "example: kb triage --page esa:1397 --not-same-as esa:1204"),
        )  # fmt: skip
    paths, docs = split_documents([page, same_as or not_same_as])
    if paths or len(docs) != 2:
        raise UsageError(
            t("写しの文書を 2 つ、別のものを書いてください。", "name two different documents of the mirror."),
            t(
                "例: kb triage --page esa:1397 --same-as redmine:45",
                "example: kb triage --page esa:1397 --same-as redmine:45",
            ),
        )
    workspace = open_workspace()
    limited.require_synced(workspace)
    require_documents(workspace, docs)
    file = DecisionFile.of(workspace)
    file.writable()
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        visibility = min(each.document.visibility for doc in docs for each in mirror.documents(doc=doc))
    today = lint_time(now, workspace.settings.timezone).date()
    first, second = (mask_name(doc) for doc in docs)
    by = who(workspace.root)
    decision = pair_decision(first, second, same=bool(same_as), by=by, on=today.isoformat())
    path = file.path_for(visibility)
    file.add(render_decision(decision), path)
    shown = sanitize(f"{first} {second}")
    kept = (
        t("同じ障害と控えました", "noted as the same trouble")
        if same_as
        else t("別の障害と控えました", "noted as another trouble")
    )
    say(
        t(
            f"✓ {shown}: {kept.ja}（{file.name_of(path)}）。 → kb lint",
            f"✓ {shown}: {kept.en} ({file.name_of(path)}). → kb lint",
        )
    )
