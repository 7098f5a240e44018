"""Hold back what must not be sent before a day: the plans of `kb handover`, by their folder and by their digests.

They stand below `.kb/private/handover/NAME/`, beside `announced.json`. A copy elsewhere is the same plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec

from kb.clock import lint_time
from kb.errors import InputError, RefusedError
from kb.files import make_private_folder, read_bytes, replace_file, store_error
from kb.model.plan import Plan
from kb.plan.impact.estimate import MailEstimate
from kb.reading.tickets.finished import address_person
from kb.settings.workspace import Workspace
from kb.text.lang import Text, t

FOLDER = "handover"
FILE = "announced.json"


class Announcement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When a team is told, as an ISO day ("": not said), whose things they are, and the digests of the plans.

    `redmine` are the ids of the member in Redmine.
    """

    format: int = 1
    member: str
    announced: str = ""
    redmine: tuple[int, ...] = ()
    plans: tuple[str, ...] = ()


def handover_folder(workspace: Workspace) -> Path:
    """Return where all that is about members who pass things on stands."""
    return workspace.private / "private" / FOLDER


def read_announcement(folder: Path) -> Announcement | None:
    """Return what is said of a member's folder; None without a file. Raises InputError for one that cannot be read."""
    data = read_bytes(folder / FILE)
    if data is None:
        return None
    try:
        found = msgspec.json.decode(data, type=Announcement)
        if found.announced and date.fromisoformat(found.announced).isoformat() != found.announced:
            raise ValueError(found.announced)
        return found
    except (msgspec.MsgspecError, ValueError, RecursionError):  # UnicodeError, too
        raise InputError(
            t(f"{folder / FILE} を読めません。", f"{folder / FILE} cannot be read."),
            t("消してから、kb handover をやり直してください。", "delete it, and run kb handover again."),
        ) from None


def make_handover_folder(workspace: Workspace, name: str) -> Path:
    """Make a member's folder, for its owner alone as each folder above it is. Raises StoreError, InputError."""
    make_private_folder(workspace.private)
    path = handover_folder(workspace) / name
    try:
        for each in (path.parent.parent, path.parent, path):
            each.mkdir(mode=0o700, exist_ok=True)
            require_folder(each)
            each.chmod(0o700)  # it may be there, made by somebody with another umask
    except OSError as error:
        raise store_error(error, path) from None
    return path


def require_folder(path: Path) -> None:
    """Raise InputError for a link: what is written must not leave `.kb/`."""
    if path.is_symlink():
        raise InputError(
            t(f"{path} はリンクなので、書き込みません。", f"{path} is a link, and is not written to."),
            t("リンクを消してから、やり直してください。", "remove it and try again."),
        )


def write_announcement(folder: Path, announcement: Announcement) -> None:
    """Write it for its owner alone. Raises StoreError, InputError."""
    data = msgspec.json.format(msgspec.json.encode(announcement, order="deterministic"), indent=1) + b"\n"
    try:
        replace_file(folder / FILE, data, private=True)
    except OSError as error:
        raise store_error(error, folder / FILE) from None


def find_announcement(workspace: Workspace, path: Path, plan: Plan) -> Announcement | None:
    """Return what a plan waits for: by its place, and by what it is about; None for any other plan.

    A plan below the folder with no file beside it waits for a day nobody said. Of several the last day counts, none
    said above all: what is about one member does not go out by another's folder. Raises InputError.
    """
    found = [each for each in list_announcements(workspace) if plan.digest in each.plans]
    here = path.resolve()
    if here.is_relative_to(handover_folder(workspace).resolve()):
        found.append(read_announcement(here.parent) or Announcement(member=""))
    return max(found, key=lambda each: each.announced or "9999-99-99", default=None)


def list_announcements(workspace: Workspace) -> Iterator[Announcement]:
    """Yield what is said of each member's folder. Raises InputError for one that cannot be read."""
    return (found for _, found in _list_folders(workspace))


def _list_folders(workspace: Workspace) -> Iterator[tuple[Path, Announcement]]:
    top = handover_folder(workspace)
    for folder in sorted(top.iterdir()) if top.is_dir() else ():
        if folder.is_dir() and (found := read_announcement(folder)) is not None:
            yield folder, found


def keep_held_back(workspace: Workspace, path: Path, old: Plan, plan: Plan) -> None:
    """Let a plan that was brought up to date wait as the one it was, in its folder or elsewhere.

    Raises StoreError, InputError.
    """
    here, top = path.resolve().parent, handover_folder(workspace).resolve()
    for folder, found in _list_folders(workspace):
        waits = old.digest in found.plans or (here.is_relative_to(top) and folder.resolve() == here)
        if waits and plan.digest not in found.plans:
            write_announcement(folder, msgspec.structs.replace(found, plans=(*found.plans, plan.digest)))


def require_announced(workspace: Workspace, announcement: Announcement) -> None:
    """Raise RefusedError unless the day on which the team is told has passed, in the team's time zone."""
    today = lint_time("", workspace.settings.timezone).date()
    if announcement.announced and date.fromisoformat(announcement.announced) < today:
        return
    if not announcement.announced:
        raise RefusedError(
            t(
                "知らせる日が決まっていないので、まだ送れません。何も送っていません。",
                "no day is set on which the team is told, so this cannot be sent yet: nothing is sent.",
            ),
            t(
                "kb handover に --announced 2026-12-10 のように付けて、作り直してください（翌日から送れます）。",
                "run kb handover with --announced 2026-12-10 (it can be sent from the day after).",
            ),
        )
    raise RefusedError(
        t(
            f"{announcement.announced} を過ぎるまで送れません。何も送っていません。",
            f"this cannot be sent until {announcement.announced} has passed: nothing is sent.",
        ),
        t("その翌日から、同じコマンドで送れます。", "from the day after, the same command sends it."),
    )


def describe_member_mails(announcement: Announcement, mails: MailEstimate) -> Text:
    """Return which of the mails that are sent reach the member whose things a plan is about."""
    count, name = mails.count_to(announcement.redmine), announcement.member
    called = address_person(name)
    least = t("少なくとも ", "at least ") if mails.unknown else t("", "")
    if not count:
        unknown = t("（ウォッチャーの分からないものを除く）", " (watchers apart that are not known)")
        rest = unknown if mails.unknown else t("", "")
        return t(f"{called}本人に届くメール: ありません{rest.ja}。", f"mails to {name}: none{rest.en}.")
    return t(
        f"{called}本人に届くメール: {least.ja}{count:,} 通（esa の通知は出ません）。",
        f"mails to {name}: {least.en}{count:,}; esa sends no notice.",
    )


def hold_back(workspace: Workspace, path: Path, plan: Plan) -> Announcement | None:
    """Return whose things a plan is about, None for another plan. Raises RefusedError before the day has passed."""
    found = find_announcement(workspace, path, plan)
    if found is not None:
        require_announced(workspace, found)
    return found
