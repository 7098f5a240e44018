"""A run handed from one workspace to another, so that a colleague can take it back."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from kb.atomic_file import replace_file
from kb.changes.journal import entries, new_path
from kb.changes.runs import NAME, Runs, read_run
from kb.errors import InputError, UsageError
from kb.lang import t
from kb.mirror.database import from_os, private_folder
from kb.secrets.registry import current
from kb.settings import Settings

TAKEN = b'{"what":"taken"}\n'
"""The last line of a journal that was taken in: nobody here decided on what it did."""


def handed_out(journal: Path, file: Path) -> None:
    """Copy a journal to a file of its owner's own.

    Raises StoreError; UsageError when the file is there already, and for a journal with a value in it that became
    known as a secret after the run.
    """
    try:
        if current().holds(journal.read_text("utf-8", "replace")):
            raise _holds_secret(journal.stem)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(handle, "wb") as to, journal.open("rb") as source:
                shutil.copyfileobj(source, to)
        except OSError:
            file.unlink(missing_ok=True)
            raise
    except FileExistsError:
        raise UsageError(
            t(f"{file} はもうあります。", f"{file} is there already."),
            t("別の名前を指定してください。", "give another name."),
        ) from None
    except OSError as error:
        raise from_os(error, file) from None


def _holds_secret(run: str) -> UsageError:
    return UsageError(
        t(
            f"実行 {run} の記録には、あとから秘密だと分かった値が入っています。書き出していません。",
            f"the journal of run {run} holds a value that became known as a secret; it was not written out.",
        ),
        t(f"取り消すときは、ここで実行してください: kb undo {run}", f"to take it back, run it here: kb undo {run}"),
    )


def taken_in(file: Path, runs: Runs, settings: Settings) -> tuple[str, str]:
    """Take a run in, and give its own name and the one it has here: the next of its day where its own is taken.

    Two people who send on one day both begin with 1. Raises InputError for what is no run of this team's, StoreError.
    """
    if not file.is_file():
        raise InputError(
            t(f"{file} がありません。", f"{file} does not exist."),
            t(
                "kb history RUN --export で書き出したファイルを指定してください。",
                "name a file that kb history RUN --export wrote.",
            ),
        )
    run = read_run(file, strict=True)
    first = next(iter(entries(file)), {})
    name = str(first.get("run", ""))
    if first.get("what") != "run" or not NAME.fullmatch(name):
        raise InputError(
            t(f"{file} は kb の実行記録ではありません。", f"{file} is no journal of kb."),
            t(
                "kb history RUN --export で書き出してもらってください。",
                "ask for one that kb history RUN --export wrote.",
            ),
        )
    mine = settings.esa.team if settings.esa else ""
    url = settings.redmine.url.rstrip("/") if settings.redmine else ""
    esa = any(target.startswith("esa:") for target in run.told)
    redmine = any(target.startswith("redmine:") for target in run.told)
    if (esa and run.team != mine) or (redmine and run.redmine.rstrip("/") != url):
        raise InputError(
            t(f"この記録は別のチーム（{run.team[:60]}）のものです。", f"this run is another team's ({run.team[:60]})."),
            t("そのチームの作業フォルダーで取り込んでください。", "take it in where that team's kb.toml is."),
        )
    data = file.read_bytes()
    day = name.partition("-")[0]
    for here in runs.names():
        if here.startswith(f"{day}-") and runs.path(here).read_bytes().startswith(data.removesuffix(TAKEN)):
            return name, here
    target = runs.folder / f"{name}.jsonl"
    if target.exists():
        if run.cut:  # what became of a request is told by the run's own name, which stands in what it wrote
            raise InputError(
                t(
                    f"実行 {name} は途中で止まったもので、同じ名前の別の実行がここにあります。",
                    f"run {name} was cut off, and there is another one of that name here.",
                ),
                t(
                    f"送った人の手元で kb undo {name} を実行してもらってください。",
                    f"ask whoever sent it to run kb undo {name} there.",
                ),
            )
        target = new_path(runs.folder, day)
    try:
        private_folder(runs.folder)
        replace_file(target, data.removesuffix(TAKEN) + TAKEN, private=True)
    except OSError as error:
        raise from_os(error, target) from None
    return name, target.stem
