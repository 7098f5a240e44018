"""The kinds of signs that a word is a host's name, and what each is worth."""

from __future__ import annotations

from enum import Enum


class Sign(Enum):
    """A sign, with its worth for a word that could be anything, and for one spelled as hosts are."""

    SESSION = ("session", 3.0, 3.0)
    """Where a shell is opened or a file is copied to: `ssh web01`."""
    PROMPT = ("prompt", 2.0, 2.0)
    """In a prompt: `deploy@web01:~$`."""
    REACHED = ("reached", 2.0, 2.0)
    """Where another command goes: `ping web01`, `psql -h db.internal`; or what such a command says of it."""
    HOSTS_FILE = ("hosts file", 2.0, 2.0)
    """Behind an address, alone on a line: `192.0.2.11 web01`."""
    LOGGED = ("logged", 2.0, 2.0)
    """Who wrote a line of a system's log."""
    SHARE = ("share", 2.0, 2.0)
    r"""Behind `\\\\`."""
    COLUMN = ("column", 1.5, 2.0)
    """A cell of a column of hosts."""
    AMONG = ("among", 1.5, 1.5)
    """In a column of hosts most of which are spelled as hosts are: the rest is no list of uses or people."""
    KEYED = ("keyed", 1.5, 1.5)
    """A value: `host=web01`."""
    BOUND = ("bound", 1.5, 1.5)
    """Beside its address."""
    LABEL = ("label", 1.5, 1.5)
    """ホスト名: web01, サーバー「web01」."""
    ENTERED = ("entered", 1.0, 1.5)
    """web01 に SSH. Of products it is written in general: EC2 に SSH."""
    ADDRESS = ("address", 1.0, 1.5)
    """The host of a URL without a dot: http://web01:8080/."""
    APPOSED = ("apposed", 1.0, 1.5)
    """サーバー web01."""
    BESIDE = ("beside", 0.5, 1.5)
    """web01 サーバー. Most words there are the server's use: API サーバー."""
    LOGIN = ("login", 0.5, 1.5)
    """web01 にログイン, web01 に入る. Also into a service or a program."""
    USED = ("used", 0.5, 1.0)
    """web01 のディスク, web01 で df, web01 が落ちた. Also of a service."""
    LISTED = ("listed", 0.5, 1.5)
    """An item below a heading サーバー一覧."""
    ALARM = ("alarm", 0.5, 1.5)
    """In an alert: [PROBLEM] web01."""
    SPAN = ("span", 0.25, 0.5)
    """A code span of its own."""
    OTHER = ("other", -1.5, -1.5)
    """Named as another thing: バケット web01."""
    PERSON = ("person", -1.5, -1.5)
    """Spoken of as a person."""

    def __init__(self, label: str, word: float, spelled: float) -> None:
        self.label = label
        self.word = word
        self.spelled = spelled

    @property
    def is_soft(self) -> bool:
        """Whether products, services and uses of servers have it as often as hosts."""
        return 0 < self.word < 1


IN_USE = frozenset({Sign.SESSION, Sign.PROMPT, Sign.REACHED, Sign.HOSTS_FILE, Sign.LOGGED, Sign.SHARE})
"""Signs that machines wrote, or that a machine was asked by."""
