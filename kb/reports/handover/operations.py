"""`kb doctor --handover`: what kb depends on here, for its next operator, without credentials' values."""

from __future__ import annotations

import getpass
import os
import platform
import socket
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import kb
from kb import clock, files
from kb.console.terminal import paint
from kb.deploy.files import find_schedules
from kb.errors import KbError
from kb.execute.journal.run import Run
from kb.execute.journal.runs import Runs
from kb.execute.undo import list_undoable
from kb.execute.waiting_plans import find_waiting_plans
from kb.lint.waivers.baseline import Baseline
from kb.lint.waivers.set_aside import BASELINE_NAME, DECISIONS_FILE, DecisionFile
from kb.mirror.history.state import StateDb
from kb.model.plan import Verb
from kb.model.request import Outcome
from kb.settings.secret_key import KEY_VARIABLE, load_key
from kb.settings.workspace import Workspace, open_workspace
from kb.sources.registry import credential_statuses, source_kinds
from kb.sources.transport.credentials import CredentialStatus
from kb.text.dates import instant_of_seconds
from kb.text.display import format_local_time, sanitize, sanitize_json
from kb.text.lang import Text, join_texts, t

CREDENTIAL_USES = {
    "read": t("読む", "to read"),
    "write": t("書く", "to write"),
    "basic": t("前段の Basic 認証", "Basic authentication"),
    "notify": t("知らせる", "to notify"),
}
ACTIVE_WORDS = {True: t("動いています", "on"), False: t("止まっています", "off"), None: t("", "")}
MAX_RUNS = 10
"""Runs that are named; the rest is in the history."""

Facts = dict[str, Any]


def print_operations(*, as_json: bool) -> None:
    """Print everything; what cannot be read is named in its place."""
    workspace = open_workspace()
    facts = gather_operations(workspace, clock.now(ZoneInfo(workspace.settings.timezone)))
    if as_json:
        print(sanitize_json(facts, indent=2))
        return
    for title, lines in operations_sections(facts, workspace.settings.timezone):
        print(paint(str(title), "bold"))
        for line in lines:
            print(f"  {sanitize(str(line))}")


def gather_operations(workspace: Workspace, now: datetime) -> Facts:
    """Return all facts, None for unknown ones. Asks esa and Redmine who owns the credentials."""
    schedules = find_schedules(workspace.root, Path.home())
    return {
        "workspace": _place(workspace),
        "credentials": [_credential(each) for each in credential_statuses(workspace, now)],
        "key": _key(workspace),
        "schedules": {"found": [asdict(each) for each in schedules.found], "unseen": list(schedules.unseen)},
        "last": _last(workspace, now),
        "runs": _runs(workspace),
        "plans": [{"stands": str(each.line), "command": each.command} for each in find_waiting_plans(workspace)],
        "files": list(_waiver_files(workspace)),
    }


def _place(workspace: Workspace) -> Facts:
    env = Path.home() / ".config" / "kb" / f"{workspace.settings.esa.team if workspace.settings.esa else 'kb'}.env"
    return {
        "folder": str(workspace.root),
        "host": socket.gethostname(),
        "user": user_name(),
        "kb": kb.__version__,
        "python": platform.python_version(),
        "mirror_mb": workspace.mirror.stat().st_size >> 20 if workspace.mirror.exists() else None,
        "variables_file": str(env) if env.exists() else None,
        "variables_file_mode": f"{stat.S_IMODE(env.stat().st_mode):04o}" if env.exists() else None,
    }


def user_name() -> str:
    """Return the user kb runs as, by name if the machine knows it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())


def _credential(each: CredentialStatus) -> Facts:
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


def _key(workspace: Workspace) -> Facts | None:
    try:
        key = load_key(workspace, make=False)
    except KbError as error:
        return {"id": None, "from": None, "made": None, "trouble": str(error.what)}
    if key is None:
        return None
    if os.environ.get(KEY_VARIABLE, "").strip():
        return {"id": key.id, "from": KEY_VARIABLE, "made": None, "hand_over": None}
    found = instant_of_seconds(workspace.key.stat().st_mtime)
    made = found.strftime("%Y-%m-%dT%H:%M:%SZ") if found else None
    return {"id": key.id, "from": ".kb/key", "made": made, "hand_over": "kb key export"}


def _last(workspace: Workspace, now: datetime) -> Facts:
    none: Facts = {"sync": None, "sync_exit": None, "good_sync": None, "lint": None}
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


def _runs(workspace: Workspace) -> Facts:
    """Return the newest run whose publication still stands, the undoable runs, and the newest run."""
    found: Facts = {"published": None, "undoable": None, "undoable_before": [], "sent": None}
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
    return found


def _published(run: Run) -> list[str]:
    """Return the posts and tickets a run published to."""
    done = (each for each in run.changed if each.outcome is Outcome.DONE)
    return sorted({each.target for each in done if Verb.PUBLISH in (each.intend.get("kinds") or ())})


def _run(run: Run) -> Facts:
    return {"name": run.name, "at": run.at, "by": run.by, "file": run.file, "done": run.count(Outcome.DONE)}


def _waiver_files(workspace: Workspace) -> Iterator[Facts]:
    """Yield the decisions and the baseline, if there are any."""
    files = ((DECISIONS_FILE, _decisions), (BASELINE_NAME, _baseline))
    for folder, name, read in ((folder, *each) for folder in (workspace.root, workspace.private) for each in files):
        shown = name if folder == workspace.root else f"{folder.name}/{name}"
        none: Facts = {"name": shown, "entries": None, "ends": [], "keys": []}
        try:
            if facts := read(folder / name):
                yield none | facts
        except KbError as error:
            yield none | {"trouble": str(error.what)}


def _decisions(path: Path) -> Facts | None:
    if not path.exists():
        return None
    decisions = DecisionFile(path).decisions()
    return {"entries": len(decisions), "ends": decisions.ends(), "keys": sorted(decisions.keys())}


def _baseline(path: Path) -> Facts | None:
    text = files.read_text(path)
    if text is None:
        return None
    baseline = Baseline.parse(text, path.name)
    ends = [baseline.until] * len(baseline) if baseline.until else []
    return {"entries": len(baseline), "ends": ends, "keys": [baseline.key] if baseline.key else []}


def operations_sections(facts: Facts, zone: str) -> Iterator[tuple[Text, list[Text]]]:
    """Yield the sections: a heading and its lines."""

    def when(moment: str | None) -> str:
        return format_local_time(moment, zone, "%Y-%m-%d %H:%M") if moment else "—"

    yield t("置き場所", "where it is"), list(_place_lines(facts["workspace"]))
    yield t("トークンとキー", "tokens and keys"), list(_credential_lines(facts["credentials"], zone))
    yield t("秘密の照合に使う鍵", "the key that names secrets"), [_key_line(facts["key"], zone)]
    yield t("決まった時刻に動くもの", "what runs by itself"), list(_schedule_lines(facts["schedules"]))
    yield t("最近のこと", "lately"), list(_last_lines(facts["last"], facts["runs"], when))
    yield t("途中のもの", "what waits"), list(_waiting_lines(facts))
    yield t("引き継ぐときにすること", "to hand it over"), list(_steps(facts))


def _same(words: str) -> Text:
    return Text(words, words)


def _place_lines(place: Facts) -> Iterator[Text]:
    yield t(f"フォルダー: {place['folder']}", f"folder: {place['folder']}")
    yield t(f"機械: {place['host']}（利用者 {place['user']}）", f"host: {place['host']} (user {place['user']})")
    yield t(f"kb {place['kb']}、Python {place['python']}", f"kb {place['kb']}, Python {place['python']}")
    if place["variables_file"]:
        file, mode = place["variables_file"], place["variables_file_mode"]
        yield t(f"トークンのファイル: {file}（{mode}）", f"file of tokens: {file} ({mode})")
        if not mode.endswith("00"):
            yield t(f"! ほかの人にも読めます → chmod 600 {file}", f"! others can read it → chmod 600 {file}")


def _credential_lines(credentials: list[Facts], zone: str) -> Iterator[Text]:
    names = {"slack": "Slack", **{kind.source.value: kind.system for kind in source_kinds()}}
    for each in credentials:
        use, system = CREDENTIAL_USES[each["use"]], names[each["system"]]
        head = t(
            f"{system}（{use.ja}）: {each['from'] or '見つかりません'}",
            f"{system} ({use.en}): {each['from'] or 'nowhere'}",
        )
        yield join_texts([head, *_account(each, zone)])
    if not credentials:
        yield t("要りません（写すのは手元のファイルだけです）。", "none: only local files are mirrored.")


def _account(each: Facts, zone: str) -> Iterator[Text]:
    """Yield who owns a credential and when it expires, or why that is unknown."""
    if each["account"]:
        yield t(f"アカウント {each['account']}", f"account {each['account']}")
    if each["admin"]:
        yield t("管理者のキー", "an administrator's key")
    if each["expires"]:
        day = format_local_time(each["expires"], zone)
        yield t(f"期限 {day}", f"until {day}")
    elif each["account"] and each["use"] in ("read", "write"):
        yield t("期限は示されていません", "no expiry is given")
    if each["unasked"] and each["from"]:
        yield t(f"今は聞けませんでした: {each['unasked']}", f"could not be asked: {each['unasked']}")


def _key_line(key: Facts | None, zone: str) -> Text:
    if key is None:
        return t("まだありません。", "there is none yet.")
    if key["id"] is None:
        return _same(f"! {key['trouble']}")
    made = format_local_time(key["made"], zone) if key["made"] else ""
    return t(
        f"{key['id']}（{key['from']}{f'、{made} から' if made else ''}）",
        f"{key['id']} ({key['from']}{f', since {made}' if made else ''})",
    )


def _schedule_lines(schedules: Facts) -> Iterator[Text]:
    for each in schedules["found"]:
        on, what = ACTIVE_WORDS[each["active"]], f"{each['kind']} {each['name']}: {each['when']}"
        yield t(
            f"{what}{f'（{on.ja}）' if on.ja else ''} {each['where']}",
            f"{what}{f' ({on.en})' if on.en else ''} {each['where']}",
        )
    if not schedules["found"]:
        yield t("見つかりません（kb init --systemd で書けます）。", "none found (kb init --systemd writes some).")
    for each in schedules["unseen"]:
        yield t(f"見られなかったもの: {each}", f"not seen: {each}")


def _last_lines(last: Facts, runs: Facts, when: Callable[[str | None], str]) -> Iterator[Text]:
    def named(run: Facts) -> Text:
        return t(
            f"{run['name']}（{when(run['at'])}、{run['by']}、{run['done']:,} 件）",
            f"{run['name']} ({when(run['at'])}, {run['by']}, {run['done']:,} done)",
        )

    code, whole, how = last["sync_exit"], when(last["good_sync"]), t("", "")
    if code:
        how = t(f"（終了コード {code}。最後まで写せたのは {whole}）", f" (exit {code}; the last whole one {whole})")
    yield t(f"kb sync: {when(last['sync'])}{how.ja}", f"kb sync: {when(last['sync'])}{how.en}")
    yield _same(f"kb lint: {when(last['lint'])}")
    yield from (_same(f"! {what}") for what in (last.get("trouble"), *runs.get("faults", ())) if what)
    published, undoable, earlier = runs["published"], runs["undoable"], runs["undoable_before"]
    said = t("ここから公開して残っているものはありません", "nothing from here that still stands")
    if published:
        run, to = named(published), published["to"]
        said = t(f"{'、'.join(to)} に {run.ja}", f"to {', '.join(to)} by {run.en}")
    yield t(f"最後に公開: {said.ja}", f"last published: {said.en}")
    said = named(undoable) if undoable else t("ありません", "none")
    command = f" → kb undo {undoable['name']}" if undoable else ""
    yield t(f"元に戻せる最後の実行: {said.ja}{command}", f"last run that can be undone: {said.en}{command}")
    for each in earlier[:MAX_RUNS]:
        said, command = named(each), f"kb undo {each['name']}"
        yield t(f"その前に元に戻せる実行: {said.ja} → {command}", f"before that: {said.en} → {command}")
    if (more := len(earlier) - MAX_RUNS) > 0:
        yield t(f"ほかに元に戻せる実行 {more:,} 件（kb history）", f"and {more:,} more that can be undone (kb history)")


def _waiting_lines(facts: Facts) -> Iterator[Text]:
    yield from (_same(f"{each['stands']} → {each['command']}") for each in facts["plans"])
    for each in facts["files"]:
        if each.get("trouble"):
            yield _same(f"! {each['trouble']}")
            continue
        count, ends, end = each["entries"], each["ends"], t("", "")
        if ends:
            end = t(
                f"（期限つき {len(ends)}、早いものは {ends[0]}）", f" ({len(ends)} with an end, the first {ends[0]})"
            )
        yield t(f"{each['name']}: {count:,} 件{end.ja}", f"{each['name']}: {count:,}{end.en}")
    if not facts["plans"] and not facts["files"]:
        yield t("ありません。", "nothing.")


def _steps(facts: Facts) -> Iterator[Text]:
    """Yield the remaining steps in order, only those that apply."""
    if accounts := sorted({each["account"] for each in facts["credentials"] if each["account"]}):
        yield t(
            f"トークンは {'、'.join(accounts)} のものです。"
            "アカウントが変わるなら、新しいトークンに差し替えて kb doctor を。",
            f"tokens belong to {', '.join(accounts)}: where accounts change, put new ones in and run kb doctor.",
        )
    if facts["key"] and facts["key"]["id"] and facts["key"].get("hand_over"):
        yield t(
            "鍵は .kb/ を消すと戻りません。kb key export の出力を、パスワード管理の道具で渡してください。",
            "the key is lost with .kb/: hand the output of kb key export over by a password manager.",
        )
    if facts["runs"]["sent"]:
        yield t(
            "送った記録は .kb/runs/ にあります。別の機械に移すなら kb history RUN --export で渡せます。",
            "what was sent is kept in .kb/runs/; for another machine: kb history RUN --export.",
        )
    if any(each["kind"] != "github" for each in facts["schedules"]["found"]):
        yield t(
            "決まった時刻のものは、今の利用者で動いています。移すなら、移した先で kb init からやり直してください。",
            "schedules run as the current user: on another host or account, start over with kb init.",
        )
    yield t("指摘の履歴を移すには kb state export。", "to move the findings' history: kb state export.")
