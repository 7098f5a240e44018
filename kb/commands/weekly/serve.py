"""`kb serve`: the pages of kb in a browser of this machine, and the two decisions that are made there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from kb.commands.registry import command, option
from kb.console.terminal import say
from kb.errors import InputError, UsageError
from kb.settings.workspace import open_workspace
from kb.text.lang import t

if TYPE_CHECKING:
    import socket

    from kb.execute.preflight.mirror_state import FindCollisions
    from kb.pages.app import Decider
    from kb.pages.library import Library

PORT = 8737
HOST = "127.0.0.1"


@command(
    "serve",
    t("ブラウザーで見て決める（この端末だけ）", "look and decide in a browser, on this machine alone"),
    example="kb serve\nkb serve --as-member\nkb serve --port 9000",
)
def serve(
    port: Annotated[
        int,
        option(
            "--port P",
            t("ポート（0 は空いているもの）", "port; 0 takes a free one"),
            show_default=True,
            min=0,
            max=65535,
        ),
    ] = PORT,
    as_member: Annotated[
        bool,
        option(
            "--as-member",
            t("メンバー全員に見えるものだけを見る。何も書かない", "what every member may see; nothing is written"),
        ),
    ] = False,
) -> None:
    """Serve the pages until Ctrl-C. Raises UsageError for a port that is taken, and where nothing is mirrored."""
    import uvicorn

    from kb.commands.weekly.triage import name_decider
    from kb.model.document import Visibility
    from kb.pages.app import PageRenderer, build_app
    from kb.pages.guard import Guard
    from kb.pages.library import Library, last_read

    workspace = open_workspace()
    workspace.mirrored()
    listening = _listen(port)
    port = listening.getsockname()[1]
    by = "" if as_member else name_decider("", workspace.root)
    audience = Visibility.MEMBERS if as_member else Visibility.PRIVATE
    reads: dict[int, str] = {}

    def load() -> Library:
        library = Library(workspace, audience, me=by)
        reads.clear()
        reads[id(library)] = last_read(workspace)
        return library

    def is_current(library: Library) -> bool:
        return reads.get(id(library)) == last_read(workspace)

    decider = None if as_member else build_decider(by)
    pages = PageRenderer(load, decider, is_current=is_current)
    say(t("ページを用意しています…", "getting the pages ready…"))
    pages.library  # noqa: B018 - what hinders it is said before the address, and the first page comes at once
    guard = Guard(build_app(pages), port)
    print(f"http://{HOST}:{port}/?start={guard.token}", flush=True)
    say(t("このアドレスは一度だけ使えます。終わるには Ctrl-C。", "The address is good once. To end: Ctrl-C."))
    _say_tunnel(port)
    config = uvicorn.Config(
        guard, ws="none", lifespan="off", log_level="critical", access_log=False, server_header=False, date_header=False
    )
    with listening:
        uvicorn.Server(config).run(sockets=[listening])


def _listen(port: int) -> socket.socket:
    """Return a socket on loopback. Raises UsageError for a port that cannot be had, with one that can."""
    import socket

    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()
    except OSError:
        listening.close()
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as free:
            free.bind((HOST, 0))
            other = free.getsockname()[1]
        raise UsageError(
            t(f"ポート {port} は使われています。", f"port {port} is taken."),
            t(f"空いているポート: kb serve --port {other}", f"a free one: kb serve --port {other}"),
        ) from None
    return listening


def _say_tunnel(port: int) -> None:
    """Say how the page is reached from where the person sits, when that is another machine."""
    import os
    import socket

    if os.environ.get("SSH_CONNECTION"):
        line = f"ssh -L {port}:{HOST}:{port} {socket.gethostname()}"
        say(t(f"手元のブラウザーで開くには、手元の端末で: {line}", f"to open it where you sit, run there: {line}"))


def build_decider(by: str) -> Decider:
    """Return the two writes: what `kb triage` and `kb review` do for one key or one group."""
    from kb.commands.weekly.triage_keys import TRIAGE_KEYS
    from kb.pages.app import Decider

    return Decider(
        lambda library, fingerprint, key, words: _triage(library, fingerprint, key, words, by),
        lambda library, plan, group, change, accept, state: _review(library, plan, group, change, state, accept=accept),
        TRIAGE_KEYS,
    )


def _triage(library: Library, fingerprint: str, key: str, words: str, by: str) -> Sequence[str]:
    """Decide on one finding, as a sitting of `kb triage` does. Raises InputError for one decided on meanwhile."""
    from kb.commands.weekly.triage_sitting import TriageSession
    from kb.lint.triage import TriageQueue, find_former_members
    from kb.lint.waivers.set_aside import DecisionFile
    from kb.model.masked import EMPTY
    from kb.rules.registry import rule_text

    found = next((each for each in library.open_findings() if each.row.finding.fingerprint == fingerprint), None)
    if found is None:
        raise InputError(
            t("この指摘は、もう決まっているか、なくなりました。", "this finding is decided on already, or gone."),
            t("ページを読み直してください。何も書いていません。", "load the page again; nothing was written."),
        )
    said: list[str] = []
    file = DecisionFile.of(workspace := library.workspace)
    file.writable()
    today = library.moment.date()
    sitting = TriageSession(
        queue=TriageQueue((found.row,), 1),
        file=file,
        words=lambda row: rule_text(library.rules[row.finding.code]),
        line_of=lambda row: EMPTY,
        by=by,
        today=today,
        read=lambda prompt: "",
        write=lambda text: said.append(str(text).strip()),
        browse=lambda url: False,
        former=find_former_members(workspace, today),
        key=library.key,
        question=library.drift.draft_question,
    )
    if key not in sitting.list_keys(found.row) or key not in ("a", "z", "m", "t", "y", "n"):
        raise UsageError(t("この指摘に、そのキーはありません。", "this finding has no such key."), None)
    sitting.press(found.row, key, " ".join(words.split()))
    return [line for line in said if line]


def _review(library: Library, page: str, group: str, change: str, state: str, *, accept: bool) -> Sequence[str]:
    """Decide on a group, or on one change of it, as `kb review` does. Raises InputError where it changed meanwhile."""
    from kb.commands.change.review.batch import decide_groups
    from kb.execute.plan_store import PlanFile, find_applied
    from kb.mirror.store import Mirror
    from kb.pages.views import plan_state

    path: Path | None = library.list_plans().get(page)
    if path is None:
        raise UsageError(t("この変更案はありません。", "there is no such plan."), None)
    file = PlanFile(path)
    plan = file.plan()
    changes = dict(plan.groups()).get(group, ())
    if not changes or plan_state(plan, group) != state:
        raise InputError(
            t("ほかの人が先に決めたか、変更案が変わりました。", "somebody decided first, or the plan changed."),
            t("いまの状態を表示しています。何も書いていません。", "this is how it stands now; nothing was written."),
        )
    if change:
        one = next((each for each in changes if each.current_id == change and not each.owner), None)
        if one is None:
            raise UsageError(t("この変更はここで決められません。", "this change cannot be decided here."), None)
        file.accept([change], accept)
        return [str(t("書きました。", "written."))]
    from kb.commands.change.review.command import find_collisions_of

    with Mirror.open(library.workspace.mirror, readonly=True) as mirror:
        collide: FindCollisions = find_collisions_of(library.workspace, mirror, find_applied(library.workspace, plan))
        return [str(line) for line in decide_groups(file, [group] * accept, [group] * (not accept), collide)]
