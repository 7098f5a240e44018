"""Upload files to esa, each once, journaled before and after.

esa gives each file an address of its own and deletes none. The journal remembers them, so that after a failed edit the
next try reuses the same address. A file whose answer was lost is reported, and only that one is sent again on request.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kb.errors import AnswerError, InputError, KbError, RefusedError, UnreachableError
from kb.execute.journal.run import UPLOAD_PLAN, RunStatus
from kb.execute.journal.runs import Runs
from kb.execute.journal.writer import RunJournal, start_journal
from kb.mirror.sync.lock import run_lock
from kb.secrets.mask_document import mask_text
from kb.settings.workspace import Workspace
from kb.sources.esa.client import Esa
from kb.sources.esa.writes import (
    MAX_UPLOAD_BYTES,
    UPLOAD_URL,
    UPLOAD_WINDOW_S,
    UPLOADS_PER_WINDOW,
    UploadAnswer,
    UploadFile,
)
from kb.sources.transport.call import Watcher
from kb.text.lang import t

MAX_UPLOAD_TRIES = 5
"""How often esa's limit is waited for before a file is given up."""

TOO_LARGE = 413


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send. `key` identifies its content."""

    key: str
    file: UploadFile = field(repr=False)


@dataclass(frozen=True, slots=True)
class UploadResult:
    """The run, the addresses of all files that are there, and what ended it.

    `unsure` names a file that may or may not have arrived.
    """

    run: str
    urls: Mapping[str, str]
    requests: int = 0
    trouble: KbError | None = None
    unsure: str = ""


def check_files(files: Iterable[Upload]) -> None:
    """Raise RefusedError for a file esa does not accept."""
    for each in files:
        if (size := len(each.file.content)) > MAX_UPLOAD_BYTES:
            raise RefusedError(
                t(
                    f"{each.file.name} は {size / 2**20:.1f} MB で、esa に送れる大きさ（10 MB）を超えます。"
                    "何も送っていません。",
                    f"{each.file.name} has {size / 2**20:.1f} MB, and esa takes 10 MB; nothing was sent.",
                ),
                t(
                    "ビューを groups や kinds で分けるか、form からその形式を外してください。",
                    "make smaller views (groups, kinds), or leave that form out of the view.",
                ),
            )


def find_uploaded(workspace: Workspace, target: str) -> dict[str, str]:
    """Return the files earlier runs from here uploaded for a post, with their addresses."""
    found: dict[str, str] = {}
    runs, esa = Runs(workspace.private / "runs"), workspace.settings.esa
    for name in runs.names():
        try:
            run = runs.run(name)
        except InputError:
            continue  # of another kb, or imported
        if run.is_upload and not run.is_imported and run.about == target and esa is not None and run.team == esa.team:
            for key, url in run.files.items():
                if UPLOAD_URL.fullmatch(url):
                    found.setdefault(key, url)
    return found


def upload_files(
    workspace: Workspace,
    target: str,
    files: Sequence[Upload],
    *,
    watch: Watcher | None = None,
    step: Callable[[int, int], object] | None = None,
) -> UploadResult:
    """Upload files for a post in order, until one does not arrive.

    Raises RefusedError where one is too large, BusyError while another kb sends, CredentialError, ConfigError,
    StoreError: nothing was sent then.
    """
    check_files(files)
    settings, max_wait_s = workspace.settings, workspace.settings.sync.max_wait_s
    assert settings.esa is not None
    with (
        run_lock(workspace.private, "apply", settings.timezone),
        Esa.connect(settings.esa, cache=workspace.cache, max_wait_s=max_wait_s, watch=watch, to_write=True) as esa,
    ):
        who = esa.identify()
        with start_journal(workspace.private / "runs", settings.timezone) as journal:
            journal.write_head(
                kind=UPLOAD_PLAN,
                plan=UPLOAD_PLAN,
                file=f"upload → {target}",
                team=settings.esa.team,
                by=mask_text(who.screen_name),
                undoes="",
                about=target,
            )
            return _send_all(esa, journal, files, step)


def _send_all(
    esa: Esa, journal: RunJournal, files: Sequence[Upload], step: Callable[[int, int], object] | None
) -> UploadResult:
    urls: dict[str, str] = {}
    turns = _UploadWindow(esa)
    try:
        for number, each in enumerate(files):
            urls[each.key] = _send_one(esa, journal, each, turns)
            if step is not None:
                step(number + 1, len(files))
    except _UploadStopped as stopped:
        journal.write("end", how=RunStatus.FAILING.value)
        return UploadResult(journal.run, urls, esa.access.requests, stopped.error, stopped.unsure)
    except BaseException:
        journal.write("end", how=RunStatus.BROKEN.value)
        raise
    journal.write("end", how=RunStatus.FINISHED.value)
    return UploadResult(journal.run, urls, esa.access.requests)


class _UploadStopped(Exception):
    """A file that did not arrive. `unsure` is its name where that is unknown."""

    def __init__(self, error: KbError, unsure: str = "") -> None:
        super().__init__()
        self.error, self.unsure = error, unsure


class _UploadWindow:
    """Paces uploads to esa's own limit for them."""

    def __init__(self, esa: Esa) -> None:
        self._access = esa.access
        self._began: deque[float] = deque(maxlen=UPLOADS_PER_WINDOW)

    def wait(self) -> None:
        """Wait for both of esa's limits. Raises BudgetError when that takes too long."""
        if len(self._began) == UPLOADS_PER_WINDOW:
            self._access.pause(self._began[0] + UPLOAD_WINDOW_S - self._access.now())
        self._access.settle()
        self._began.append(self._access.now())


def _send_one(esa: Esa, journal: RunJournal, each: Upload, turns: _UploadWindow) -> str:
    """Send a file between two journal entries; return its address."""
    file = each.file
    about = {"to": UPLOAD_PLAN, "file": each.key}
    for _ in range(MAX_UPLOAD_TRIES):
        try:
            turns.wait()
        except KbError as error:
            raise _UploadStopped(error) from None
        journal.write("intend", **about, name=file.name, size=len(file.content))
        try:
            with esa.access.writing():
                sent = esa.uploads.send(file)
        except (UnreachableError, AnswerError) as error:
            raise _UploadStopped(error, file.name) from None  # left open: it may have arrived
        except KbError as error:
            journal.write_failed(error.what, **about)
            raise _UploadStopped(error) from None
        if sent.url:
            journal.write("done", **about, url=sent.url)
            return sent.url
        if sent.status != 429:
            raise _upload_error(journal, about, file, sent)
        journal.write("limited", **about)  # nothing was sent: the limiter knows how long to wait
    why = t("esa が混み合っていて、受け付けません（429）", "esa keeps asking to wait (429)")
    journal.write_failed(why, **about)
    raise _UploadStopped(AnswerError(t(f"{file.name}: {why.ja}。", f"{file.name}: {why.en}."), _AGAIN, status=429))


_AGAIN = t("しばらくしてから、もう一度実行してください。", "run it again later.")


def _upload_error(
    journal: RunJournal, about: Mapping[str, str], file: UploadFile, sent: UploadAnswer
) -> _UploadStopped:
    """Return the error for a status that is not a success."""
    status = sent.status
    error = AnswerError(
        t(f"{file.name} を esa が受け取りませんでした（{status}）。", f"esa refused {file.name} ({status})."),
        t("ファイルを小さくしてください。", "make the file smaller.") if status == TOO_LARGE else _AGAIN,
        status=status,
    )
    if sent.unsure:
        return _UploadStopped(error, file.name)
    journal.write_failed(error.what, **about)
    return _UploadStopped(error)
