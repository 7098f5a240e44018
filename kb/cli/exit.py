"""Turn errors into words on stderr and exit codes, once for all commands.

The JSON object a command promised is printed here, however it ends.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

import click

from kb.console import terminal
from kb.errors import Exit, KbError, StoreError, os_reason
from kb.text.lang import t


def install_signal_handlers() -> None:
    """Let SIGTERM end a command as Ctrl-C does: with a sentence and 130. A second Ctrl-C ends it at once.

    A signal that is ignored stays so, as a shell sets it for what runs in its background.
    """
    for each in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _interrupt)
    sys.unraisablehook = _unraisable


def exit_process(code: int) -> NoReturn:
    """Leave the process with an exit code. After an interruption nothing is waited for."""
    if code != Exit.INTERRUPTED:
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    _leave_at_once()


def _interrupt(number: int, frame: FrameType | None) -> None:
    if signal.getsignal(signal.SIGINT) is _interrupt:
        signal.signal(signal.SIGINT, _leave_at_once)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # `timeout` sends it twice
    raise KeyboardInterrupt


def _leave_at_once(number: int = 0, frame: FrameType | None = None) -> NoReturn:
    if "kb.lint.engine.workers" in sys.modules:
        from kb.lint.engine.workers import kill_processes

        kill_processes()
    os._exit(Exit.INTERRUPTED)


def _unraisable(what: sys.UnraisableHookArgs) -> None:
    """End the process after an interruption in a finalizer, where Python would print a traceback and go on."""
    if isinstance(what.exc_value, KeyboardInterrupt):
        exit_process(_interrupted())
    sys.__unraisablehook__(what)


def run_to_exit_code(work: Callable[[], int | None]) -> int:
    """Return the exit code of a command, after printing the object it owes. Expected trouble is told on stderr."""
    code = _exit_code(work)
    owed = terminal.take_promised_json()
    if owed is None:
        return code
    return max(code, _exit_code(lambda: print(json.dumps(owed))))


def _exit_code(work: Callable[[], int | None]) -> int:
    """Return the exit code of some work. Expected trouble is two sentences on stderr."""
    streams = sys.stdout, sys.stderr
    try:
        code = work()
        sys.stdout.flush()
        return _interrupted() if code == Exit.INTERRUPTED else int(code or 0)  # Typer's, after a Ctrl-C
    except KbError as error:
        return _say_kb_error(error)
    except click.exceptions.Abort:
        return _interrupted()
    except KeyboardInterrupt:
        return _interrupted()
    except click.ClickException as error:
        from kb.cli.help import explain_usage_error

        return _say_kb_error(explain_usage_error(error))
    except BrokenPipeError:
        _silence_stdout()  # the reader (`| head`) has seen enough
        return Exit.OK
    except SystemExit as leaving:
        if not isinstance(leaving.__context__, BrokenPipeError):  # click makes a 1 of it
            raise
        sys.stdout, sys.stderr = streams
        _silence_stdout()
        return Exit.OK
    except PermissionError as error:
        if error.filename is None:
            return _unexpected(error)
        return _say_kb_error(
            StoreError(
                t(f"{error.filename} を使う権限がありません。", f"there is no permission to use {error.filename}."),
                t("所有者と権限を確かめてください。", "check its owner and its mode."),
            )
        )
    except OSError as error:
        if error.filename is not None and error.errno in _OF_A_PLACE:
            folder, name = os.path.split(str(error.filename))
            place = (folder or ".") if name.startswith(".kb-") else error.filename
            return _say_kb_error(
                StoreError(
                    t(
                        f"{place} に書けませんでした（{os_reason(error).ja}）。",
                        f"{place} could not be written ({os_reason(error).en}).",
                    ),
                    t("場所、空き、権限を確かめてください。", "check the place, its space and its permissions."),
                )
            )
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO) or error.filename is not None:
            return _unexpected(error)
        _silence_stdout()
        why = os_reason(error)
        return _say_kb_error(
            StoreError(
                t(f"出力を書き切れませんでした（{why.ja}）。", f"the output could not be written ({why.en})."),
                t("出力先のディスクの空きを確かめてください。", "check the space left where the output goes."),
            )
        )
    except Exception as error:
        return _unexpected(error)


# What is wrong with the place of a file, not with kb.
_OF_A_PLACE = (errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENAMETOOLONG)


def _silence_stdout() -> None:
    """Send what follows on stdout nowhere: Python would complain again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _show_traceback(error: BaseException) -> None:
    """Print what is behind an error with `--debug`."""
    if terminal.is_debugging():
        from kb.console import traceback

        traceback.print_traceback(error)


def _say_kb_error(error: KbError) -> int:
    _show_traceback(error)
    from kb.secrets.mask_document import (
        mask_known_values,  # what was typed, or what a file is called, may be a known value
    )

    try:
        what, step = str(mask_known_values(str(error.what))), str(mask_known_values(str(error.next_step or "")))
    except Exception as unread:  # of the store of what is masked: its file is named then, and no text is shown
        from kb.mirror.damage import find_damaged_store

        found = unread if isinstance(unread, KbError) else find_damaged_store()
        if found is None:
            raise
        error, what, step = found, str(found.what), str(found.next_step or "")
    terminal.say_error(what, step)
    return error.exit_code


def _interrupted() -> int:
    terminal.say(t("中断しました。", "interrupted."))
    return Exit.INTERRUPTED


def _unexpected(error: Exception) -> int:
    _show_traceback(error)
    if "kb.mirror.database" in sys.modules:
        from kb.mirror.damage import find_damaged_store

        if damage := find_damaged_store():
            return _say_kb_error(damage)
    name = type(error).__name__
    terminal.say(
        t(f"kb の中で予期しないことが起きました（{name}）。", f"something unexpected happened in kb ({name}).")
    )
    if not terminal.is_debugging():
        terminal.say(t("→ --debug を付けて実行すると詳細が出ます。", "→ run it with --debug for details."))
    return Exit.SOURCE
