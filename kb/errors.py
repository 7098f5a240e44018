"""All that can go wrong, on one screen.

    KbError
    ├── UsageError            2   a flag, an argument, a missing workspace
    │   ├── ConfigError       2   kb.toml: unknown key, wrong type, unusable value
    │   └── InputError        2   a file somebody gave: JSONL, Markdown, a plan
    ├── SourceError           3   a remote system
    │   ├── CredentialError   3   a token is missing, wrong, narrowed or expired
    │   ├── UnreachableError  3   no connection, a time-out, a certificate
    │   ├── BudgetError       3   the rate limit would make us wait too long
    │   ├── AnswerError       3   an answer kb cannot use; `status` says which
    │   └── HeldError         3   too much has vanished at once to believe it
    ├── StoreError            3   mirror.db or state.db: disk full, read-only, locked, newer
    │   └── BusyError         3   another kb is at work in this workspace
    ├── RefusedError          5   nothing was sent: the plan or a limit refused it
    ├── ChangeError           4   something that was to be sent did not arrive
    ├── ToolError             3   a rule that crashed, a program that is not installed
    └── GateError             3   a write was tried outside `apply`: a bug in kb, never a user's

Every error has two sentences: what happened, with the value; and the next step.
"""

from __future__ import annotations

import errno
import os
from enum import IntEnum

from kb.text.lang import Text, t


class Exit(IntEnum):
    """Exit codes of `kb` (docs/exit-codes.md). When several apply: 130, 5, 4, 3, 2, 1."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    SOURCE = 3
    CHANGE = 4
    REFUSED = 5
    INTERRUPTED = 130

    @classmethod
    def worst(cls, *codes: Exit) -> Exit:
        """Return the code for several: the largest, which is that order."""
        return max(codes, default=cls.OK)


_OS_REASONS = {
    errno.EPERM: "許可されていません",
    errno.ENOENT: "ありません",
    errno.EIO: "読み書きの障害です",
    errno.ENXIO: "読む相手がいません",
    errno.EACCES: "権限がありません",
    errno.EBUSY: "使用中です",
    errno.EEXIST: "同じ名前のものがあります",
    errno.ENODEV: "そのような装置がありません",
    errno.ENOTDIR: "途中がフォルダーではありません",
    errno.EISDIR: "フォルダーです",
    errno.EINVAL: "使えない値です",
    errno.ENFILE: "開いているファイルが多すぎます",
    errno.EMFILE: "開いているファイルが多すぎます",
    errno.ETXTBSY: "実行中のファイルです",
    errno.EFBIG: "ファイルが大きすぎます",
    errno.ENOSPC: "空きがありません",
    errno.EROFS: "読み取り専用です",
    errno.ENAMETOOLONG: "名前が長すぎます",
    errno.ENOEXEC: "実行できる形のファイルではありません",
    errno.ENOTEMPTY: "空ではありません",
    errno.ELOOP: "リンクがたどり切れません",
    errno.EDQUOT: "割り当ての上限です",
    errno.ESTALE: "置き場所が見えなくなりました",
    errno.ENOMEM: "メモリーが足りません",
    errno.EADDRINUSE: "すでに使われています",
    errno.EADDRNOTAVAIL: "使えないアドレスです",
    errno.EPIPE: "受け手が閉じています",
    errno.ECONNRESET: "接続が切られました",
    errno.ENETUNREACH: "ネットワークにつながっていません",
    errno.EHOSTUNREACH: "相手の機械に届きません",
    errno.ECONNREFUSED: "接続を断られました",
    errno.ETIMEDOUT: "時間内に応答がありません",
}


def os_reason(error: OSError) -> Text:
    """Why the operating system refused, for a sentence in either language: its own words are English.

    One without a row here is named by its number, which a reader can look up: `ENOTBLK`. Never empty.
    """
    # OpenSSL and the resolver count their own errors, from 1 and below 0.
    number = (error.errno or 0) if type(error).__module__ == "builtins" else 0
    if not number and isinstance(error, TimeoutError):
        number = errno.ETIMEDOUT
    english = error.strerror or (os.strerror(number) if number else type(error).__name__)
    return t(_OS_REASONS.get(number) or errno.errorcode.get(number, english), english)


class KbError(Exception):
    """An expected error: one sentence with the value, one with the next step."""

    exit_code = Exit.SOURCE

    def __init__(self, what: Text, next_step: Text | None = None) -> None:
        super().__init__(what, next_step)
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what} → {self.next_step}" if self.next_step else str(self.what)


class UsageError(KbError):
    """A wrong command line, or workspace."""

    exit_code = Exit.USAGE


class ConfigError(UsageError):
    """kb.toml cannot be used."""


class InputError(UsageError):
    """A given file cannot be used."""


class SourceError(KbError):
    """A remote system failed."""


class CredentialError(SourceError):
    """A token or key is missing, wrong, too narrow, or expired."""


class UnreachableError(SourceError):
    """No answer: no connection, a time-out, a certificate."""


class BudgetError(SourceError):
    """The rate limit would make kb wait longer than allowed."""


class AnswerError(SourceError):
    """An unusable answer. `status` is the HTTP status; 0 for a bad body."""

    def __init__(self, what: Text, next_step: Text | None = None, *, status: int = 0) -> None:
        super().__init__(what, next_step)
        self.status = status


class HeldError(SourceError):
    """Too much has vanished at once; nothing was changed."""


class StoreError(KbError):
    """mirror.db or state.db cannot be read or written."""


class BusyError(StoreError):
    """Another kb is running in this workspace."""


class RefusedError(KbError):
    """Nothing was sent: the plan or a limit refused it."""

    exit_code = Exit.REFUSED


class ChangeError(KbError):
    """Something did not arrive."""

    exit_code = Exit.CHANGE


class ToolError(KbError):
    """A rule crashed, or a program is missing or failed."""


class GateError(KbError):
    """A write was tried while the gate was closed."""
