"""Gather what kb depends on in a workspace as plain values, without credentials' values."""

from __future__ import annotations

import getpass
import os
import platform
import socket
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kb
from kb.errors import KbError
from kb.settings.workspace import Workspace

if TYPE_CHECKING:
    from kb.deploy.files import FoundSchedules
    from kb.execute.journal.run import Run
    from kb.sources.transport.credentials import CredentialStatus

OperationsFacts = dict[str, Any]


def gather_operations(workspace: Workspace, now: datetime) -> OperationsFacts:
    """Return all facts, None for unknown ones. Asks esa and Redmine who owns the credentials."""
    from kb.deploy.files import find_schedules
    from kb.sources.registry import credential_statuses

    return {
        "workspace": _place(workspace),
        "credentials": [_credential(each) for each in credential_statuses(workspace, now)],
        "key": _key(workspace),
        "schedules": _schedules(find_schedules(workspace.root, Path.home())),
        "last": _last(workspace, now),
        **_runs(workspace),
        "plans": _plans(workspace),
        "files": [each for each in (_decisions(workspace), _baseline(workspace)) if each],
    }


def _place(workspace: Workspace) -> OperationsFacts:
    env = Path.home() / ".config" / "kb" / f"{workspace.settings.esa.team if workspace.settings.esa else 'kb'}.env"
    return {
        "folder": str(workspace.root),
        "host": socket.gethostname(),
        "user": _user(),
        "kb": kb.__version__,
        "python": platform.python_version(),
        "mirror_mb": workspace.mirror.stat().st_size >> 20 if workspace.mirror.exists() else None,
        "variables_file": str(env) if env.exists() else None,
        "variables_file_mode": f"{stat.S_IMODE(env.stat().st_mode):04o}" if env.exists() else None,
    }


def _user() -> str:
    """Return the user kb runs as, by name if the machine knows it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())


def _credential(each: CredentialStatus) -> OperationsFacts:
    return {
        "system": each.system,
        "use": each.use,
        "variable": each.variable,
        "from": str(each.origin) if each.origin else None,
        "account": each.account or None,
        "admin": each.admin,
        "scopes": list(each.scopes),
        "expires": each.expires or None,
        "unasked": str(each.unasked) if each.unasked else None,
    }


def _key(workspace: Workspace) -> OperationsFacts | None:
    from kb.settings.secret_key import KEY_VARIABLE, load_key

    try:
        key = load_key(workspace, make=False)
    except KbError as error:
        return {"id": None, "from": None, "made": None, "trouble": str(error.what)}
    if key is None:
        return None
    made = None
    if given := bool(os.environ.get(KEY_VARIABLE, "").strip()):
        place = KEY_VARIABLE
    else:
        place = ".kb/key"
        made = datetime.fromtimestamp(workspace.key.stat().st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"id": key.id, "from": place, "made": made, "hand_over": None if given else "kb key export"}


def _schedules(looked: FoundSchedules) -> OperationsFacts:
    return {
        "found": [
            {"kind": each.kind, "name": each.name, "when": each.when, "where": each.where, "active": each.active}
            for each in looked.found
        ],
        "unseen": list(looked.unseen),
    }


def _last(workspace: Workspace, now: datetime) -> OperationsFacts:
    from kb.mirror.history.state import StateDb

    none: OperationsFacts = {"sync": None, "sync_exit": None, "good_sync": None, "lint": None}
    if not workspace.state.exists():
        return none
    try:
        with StateDb(workspace.state, readonly=True) as state:
            last, good = state.last("sync"), state.last("sync", good=True)
            return {
                "sync": last.ended_at if last else None,
                "sync_exit": last.exit_code if last else None,
                "good_sync": good.ended_at if good else None,
                "lint": state.history.previous(now) or None,
            }
    except KbError as error:
        return {**none, "trouble": str(error.what)}


def _runs(workspace: Workspace) -> OperationsFacts:
    """Return the newest run whose publication still stands, the undoable runs, and the newest run."""
    from kb.execute.journal.runs import Runs
    from kb.execute.undo import list_undoable

    found: OperationsFacts = {"published": None, "undoable": None, "undoable_before": [], "sent": None}
    runs = Runs(workspace.private / "runs")
    undone = runs.undone()
    for run in runs.all():
        found["sent"] = found["sent"] or _run(run)
        if not found["published"] and (to := _published(run)) and run.name not in undone:
            found["published"] = {**_run(run), "to": to}
    if stands := [_run(each) for each in list_undoable(runs)]:
        found["undoable"], *found["undoable_before"] = stands
    if faults := runs.all_faults():
        found["faults"] = [str(what) for what in faults]
    return {"runs": found}


def _published(run: Run) -> list[str]:
    """Return the posts and tickets a run published to."""
    from kb.model.plan import Verb
    from kb.model.request import Outcome

    done = (each for each in run.changed if each.outcome is Outcome.DONE)
    return sorted({each.target for each in done if Verb.PUBLISH in (each.intend.get("kinds") or ())})


def _run(run: Run) -> OperationsFacts:
    from kb.model.request import Outcome

    return {"name": run.name, "at": run.at, "by": run.by, "file": run.file, "done": run.count(Outcome.DONE)}


def _plans(workspace: Workspace) -> list[OperationsFacts]:
    from kb.execute.waiting_plans import find_waiting_plans

    return [{"stands": str(each.line), "command": each.command} for each in find_waiting_plans(workspace)]


def _decisions(workspace: Workspace) -> OperationsFacts | None:
    from kb.lint.waivers.set_aside import DECISIONS_FILE, DecisionFile

    path = workspace.root / DECISIONS_FILE
    if not path.exists():
        return None
    try:
        decisions = DecisionFile(path).decisions()
    except KbError as error:
        return {"name": DECISIONS_FILE, "entries": None, "ends": [], "keys": [], "trouble": str(error.what)}
    return {
        "name": DECISIONS_FILE,
        "entries": len(decisions),
        "ends": decisions.ends(),
        "keys": sorted(decisions.keys()),
    }


def _baseline(workspace: Workspace) -> OperationsFacts | None:
    from kb import files
    from kb.lint.waivers.baseline import Baseline
    from kb.lint.waivers.set_aside import BASELINE_NAME

    try:
        text = files.read_text(workspace.root / BASELINE_NAME)
        if text is None:
            return None
        baseline = Baseline.parse(text, BASELINE_NAME)
    except KbError as error:
        return {"name": BASELINE_NAME, "entries": None, "ends": [], "keys": [], "trouble": str(error.what)}
    return {"name": BASELINE_NAME, "entries": len(baseline), "ends": [], "keys": [baseline.key] if baseline.key else []}
