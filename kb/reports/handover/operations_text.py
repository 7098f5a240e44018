"""`kb doctor --handover`: print what kb depends on here, for its next operator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kb import clock
from kb.console.terminal import paint
from kb.settings.workspace import open_workspace
from kb.sources.registry import source_kinds
from kb.text.display import format_local_time, sanitize, sanitize_json
from kb.text.lang import Text, t

if TYPE_CHECKING:
    from kb.reports.handover.operations_facts import OperationsFacts

CREDENTIAL_USES = {
    "read": t("読む", "to read"),
    "write": t("書く", "to write"),
    "basic": t("前段の Basic 認証", "Basic authentication"),
    "notify": t("知らせる", "to notify"),
}
MAX_RUNS = 10
"""Runs that are named; the rest is in the history."""

ACTIVE_WORDS = {True: t("動いています", "on"), False: t("止まっています", "off"), None: t("", "")}


def print_operations(*, as_json: bool) -> None:
    """Print everything; what cannot be read is named in its place. The exit code is 0."""
    from kb.reports.handover.operations_facts import gather_operations

    workspace = open_workspace()
    facts = gather_operations(workspace, clock.now(ZoneInfo(workspace.settings.timezone)))
    if as_json:
        print(sanitize_json(facts, indent=2))
        return
    for title, lines in operations_sections(facts, workspace.settings.timezone):
        print(paint(str(title), "bold"))
        for line in lines:
            print(f"  {sanitize(str(line))}")


def operations_sections(facts: OperationsFacts, zone: str) -> Iterator[tuple[Text, list[Text]]]:
    """Yield the sections: a heading and its lines."""
    yield t("置き場所", "where it is"), list(_told_place(facts["workspace"]))
    yield t("トークンとキー", "tokens and keys"), list(_told_credentials(facts["credentials"], zone))
    yield t("秘密の照合に使う鍵", "the key that names secrets"), list(_told_key(facts["key"], zone))
    yield t("決まった時刻に動くもの", "what runs by itself"), list(_told_schedules(facts["schedules"]))
    yield t("最近のこと", "lately"), list(_told_last(facts["last"], facts["runs"], zone))
    yield t("途中のもの", "what waits"), list(_told_waiting(facts))
    yield t("引き継ぐときにすること", "to hand it over"), list(_steps(facts))


def _told_place(place: OperationsFacts) -> Iterator[Text]:
    yield t(f"フォルダー: {place['folder']}", f"folder: {place['folder']}")
    yield t(f"機械: {place['host']}（利用者 {place['user']}）", f"host: {place['host']} (user {place['user']})")
    yield t(f"kb {place['kb']}、Python {place['python']}", f"kb {place['kb']}, Python {place['python']}")
    if place["variables_file"]:
        file, mode = place["variables_file"], place["variables_file_mode"]
        yield t(f"トークンのファイル: {file}（{mode}）", f"file of tokens: {file} ({mode})")
        if not mode.endswith("00"):
            yield t(f"! ほかの人にも読めます → chmod 600 {file}", f"! others can read it → chmod 600 {file}")


def _told_credentials(credentials: list[OperationsFacts], zone: str) -> Iterator[Text]:
    names = {"slack": "Slack", **{kind.source.value: kind.system for kind in source_kinds()}}
    for each in credentials:
        use, system = CREDENTIAL_USES[each["use"]], names[each["system"]]
        head = t(
            f"{system}（{use.ja}）: {each['from'] or '見つかりません'}",
            f"{system} ({use.en}): {each['from'] or 'nowhere'}",
        )
        parts = [head, *_told_account(each, zone)]
        yield t("、".join(part.ja for part in parts), ", ".join(part.en for part in parts))
    if not credentials:
        yield t("要りません（写すのは手元のファイルだけです）。", "none: only local files are mirrored.")


def _told_account(each: OperationsFacts, zone: str) -> Iterator[Text]:
    """Return who owns a credential and when it expires, or why that is unknown."""
    if each["account"]:
        yield t(f"アカウント {each['account']}", f"account {each['account']}")
    if each["admin"]:
        yield t("管理者のキー", "an administrator's key")
    if each["expires"]:
        day = format_local_time(each["expires"], zone)
        yield t(f"期限 {day}", f"until {day}")
    elif each["account"] and each["use"] in ("read", "write"):
        yield t("期限は示されていません", "no end is told")
    if each["unasked"] and each["from"]:
        yield t(f"今は聞けませんでした: {each['unasked']}", f"could not be asked: {each['unasked']}")


def _told_key(key: OperationsFacts | None, zone: str) -> Iterator[Text]:
    if key is None:
        yield t("まだありません。", "there is none yet.")
    elif key["id"] is None:
        yield t(f"! {key['trouble']}", f"! {key['trouble']}")
    else:
        made = format_local_time(key["made"], zone) if key["made"] else ""
        yield t(
            f"{key['id']}（{key['from']}{f'、{made} から' if made else ''}）",
            f"{key['id']} ({key['from']}{f', since {made}' if made else ''})",
        )


def _told_schedules(schedules: OperationsFacts) -> Iterator[Text]:
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


def _told_last(last: OperationsFacts, runs: OperationsFacts, zone: str) -> Iterator[Text]:
    def when(moment: str | None) -> str:
        return format_local_time(moment, zone, "%Y-%m-%d %H:%M") if moment else "—"

    code, whole = last["sync_exit"], when(last["good_sync"])
    how = (
        t(f"（終了コード {code}。最後まで写せたのは {whole}）", f" (exit {code}; the last whole one {whole})")
        if code
        else t("", "")
    )
    yield t(f"kb sync: {when(last['sync'])}{how.ja}", f"kb sync: {when(last['sync'])}{how.en}")
    yield t(f"kb lint: {when(last['lint'])}", f"kb lint: {when(last['lint'])}")
    for what in [last.get("trouble"), *runs.get("faults", ())]:
        if what:
            yield t(f"! {what}", f"! {what}")
    published, undoable = runs["published"], runs["undoable"]
    said = (
        _placed(published, when)
        if published
        else t("ここから公開して残っているものはありません", "nothing from here that still stands")
    )
    yield t(f"最後に公開: {said.ja}", f"last published: {said.en}")
    said = _named(undoable, when) if undoable else t("ありません", "none")
    command = f" → kb undo {undoable['name']}" if undoable else ""
    yield t(f"元に戻せる最後の実行: {said.ja}{command}", f"last run that can be undone: {said.en}{command}")
    earlier = runs["undoable_before"]
    for each in earlier[:MAX_RUNS]:
        said = _named(each, when)
        command = f"kb undo {each['name']}"
        yield t(f"その前に元に戻せる実行: {said.ja} → {command}", f"before that: {said.en} → {command}")
    if len(earlier) > MAX_RUNS:
        more = len(earlier) - MAX_RUNS
        yield t(f"ほかに元に戻せる実行 {more} 件（kb history）", f"and {more} more that can be undone (kb history)")


def _placed(run: OperationsFacts, when: Any) -> Text:
    named, to = _named(run, when), run["to"]
    return t(f"{'、'.join(to)} に {named.ja}", f"to {', '.join(to)} by {named.en}")


def _named(run: OperationsFacts, when: Any) -> Text:
    return t(
        f"{run['name']}（{when(run['at'])}、{run['by']}、{run['done']} 件）",
        f"{run['name']} ({when(run['at'])}, {run['by']}, {run['done']} done)",
    )


def _told_waiting(facts: OperationsFacts) -> Iterator[Text]:
    for each in facts["plans"]:
        yield t(f"{each['stands']} → {each['command']}", f"{each['stands']} → {each['command']}")
    for each in facts["files"]:
        if each.get("trouble"):
            yield t(f"! {each['trouble']}", f"! {each['trouble']}")
            continue
        count, ends = each["entries"], each["ends"]
        end = t("", "")
        if ends:
            end = t(
                f"（期限つき {len(ends)}、早いものは {ends[0]}）", f" ({len(ends)} with an end, the first {ends[0]})"
            )
        yield t(f"{each['name']}: {count} 件{end.ja}", f"{each['name']}: {count}{end.en}")
    if not facts["plans"] and not facts["files"]:
        yield t("ありません。", "nothing.")


def _steps(facts: OperationsFacts) -> Iterator[Text]:
    """Return the remaining steps in order, only those that apply."""
    accounts = sorted({each["account"] for each in facts["credentials"] if each["account"]})
    if accounts:
        names = "、".join(accounts)
        yield t(
            f"トークンは {names} のものです。アカウントが変わるなら、新しいトークンに差し替えて kb doctor を。",
            f"tokens belong to {names.replace('、', ', ')}: where accounts change, put new ones in and run kb doctor.",
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
