"""What `kb apply` asks before it sends changes that nobody has decided on."""

from __future__ import annotations

import sys
import unicodedata
from io import TextIOWrapper
from typing import TYPE_CHECKING

from kb.errors import RefusedError
from kb.lang import Text, many, t

if TYPE_CHECKING:
    from kb.changes.apply import Prepared
    from kb.changes.consequences import Mails
    from kb.changes.plan import Change


def consented(
    ready: Prepared, mails: Mails, *, review: str, again: str, yes: bool, stated: int | None, ask: bool
) -> tuple[Change, ...] | None:
    """Return the undecided changes that may be sent, none where all are decided; None where the answer was no.

    `mails` are those the run would cause; `stated` is the number given with `yes`. `review` and `again` are the
    commands that decide and that send. Raises RefusedError where there is nobody to `ask`, or the number is missing.
    """
    waiting = ready.undecided
    if not waiting:
        return ()
    many_mails = mails.count if mails.is_mass else 0
    with_flags = f"{again} --yes" + (f" --mails {many_mails}" if many_mails else "")
    if yes and (stated or 0) < many_mails:
        raise _unstated(mails, with_flags)
    if yes:
        return waiting
    if not ask:
        raise _nobody(len(waiting), review, with_flags)
    total = sum(len(each.changes) for each in ready.left)
    return waiting if _answered(_question(len(waiting), total, many_mails), many_mails) else None


def typed(question: Text) -> str:
    """Ask on standard error, and return the line that is typed: narrow, small letters; "" at the end of the input."""
    sys.stderr.write(str(question))
    sys.stderr.flush()
    if isinstance(sys.stdin, TextIOWrapper) and sys.stdin.errors != "replace":
        sys.stdin.reconfigure(errors="replace")
    line = sys.stdin.readline()
    if not line.endswith("\n"):  # nobody pressed Enter: what is said next begins on a line of its own
        sys.stderr.write("\n")
    return unicodedata.normalize("NFKC", line).strip().casefold()


def agreed(question: Text) -> bool:
    """Ask, and return whether the answer is yes."""
    return typed(question) in ("y", "yes", "はい")


def _answered(question: Text, number: int) -> bool:
    return typed(question) == str(number) if number else agreed(question)


def _question(waiting: int, total: int, mails: int) -> Text:
    whole = (
        t(f"決めていない {waiting} 件を含む {total} 件", f"{total} changes ({waiting} of them not decided on)")
        if total > waiting
        else t(f"まだ決めていない {waiting} 件", f"{many(waiting, 'change')} not decided on yet")
    )
    if mails:
        return t(
            f"メールが {mails} 通届きます。{whole.ja}を送るなら {mails} と入力: ",
            f"{many(mails, 'mail')} would leave. To send {whole.en}, type {mails}: ",
        )
    return t(f"{whole.ja}を送りますか [y/N]: ", f"{whole.en}: send [y/N]? ")


def _nobody(waiting: int, review: str, command: str) -> RefusedError:
    return RefusedError(
        t(
            f"まだ決めていない変更が {waiting} 件あり、聞ける端末がないので、何も送っていません。",
            f"{many(waiting, 'change')} not decided on yet, and no terminal to ask on: nothing is sent.",
        ),
        t(f"決めるには {review}、このまま送るなら {command}", f"decide with {review}, or send as it is with {command}"),
    )


def _unstated(mails: Mails, command: str) -> RefusedError:
    least = t("少なくとも", "at least ") if mails.unknown else t("", "")
    most = t(f"1 人に最大 {mails.most} 通", f"up to {mails.most} to one person")
    return RefusedError(
        t(
            f"決めていない変更でメールが{least.ja} {mails.count} 通届くので（{most.ja}）、何も送っていません。",
            f"undecided changes would cause {least.en}{mails.count} mails ({most.en}): nothing is sent.",
        ),
        t(f"その数で送るなら {command}", f"to send that many: {command}"),
    )
