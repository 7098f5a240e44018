"""Find tokens: in the environment, by a command of a password manager, in the keyring."""

from __future__ import annotations

import importlib
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType

from kb.errors import CredentialError, KbError, os_reason
from kb.settings.workspace import find_config
from kb.text.lang import Text, join_texts, space_ascii, t

COMMAND_S = 60
"""How long a command may take: some ask for a fingerprint first."""

LONGEST = 4096
KEYRING_SERVICE = "kb-steward"


@dataclass(frozen=True, slots=True)
class FoundCredential:
    """A credential, and where it was found. Never shows its value."""

    value: str = field(repr=False)
    origin: str

    def __str__(self) -> str:
        return f"Secret({self.origin})"


@dataclass(frozen=True, slots=True)
class CredentialSpec:
    """A credential: its name in messages, variable, command (in kb.toml under `setting`) and keyring entry.

    `made_at` says where people make one, for who has none yet.
    """

    name: Text
    variable: str
    setting: str
    command: str
    entry: str
    made_at: Text | None = None

    @property
    def is_given(self) -> bool:
        """Whether the environment or kb.toml names it; the keyring is not asked."""
        return bool(os.environ.get(self.variable, "").strip() or self.command)


def find_credential(wanted: CredentialSpec) -> FoundCredential:
    """Return a credential. Raises CredentialError, whose frames hold no value."""
    found = _from_environment(wanted)
    if found is None and wanted.command:
        found = run_credential_command(wanted)
    found = found or _from_keyring(wanted)
    if found is None:
        raise CredentialError(
            t(f"{space_ascii(wanted.name.ja).lstrip()}が見つかりません。", f"there is no {wanted.name.en}."),
            _describe_ways(wanted),
        )
    return _checked(found, wanted)


def _describe_ways(wanted: CredentialSpec) -> Text:
    """Return how to give a credential, of what there is here: a kb.toml to write in, a keyring to ask."""
    ways = [t(f"環境変数 {wanted.variable}", f"the environment variable {wanted.variable}")]
    if find_config() is not None:
        example = f'{wanted.setting} = "op read op://ops/kb/token"'
        ways.append(t(f"kb.toml の {example}", f"{example} in kb.toml"))
    if _load_keyring() is not None:
        command = f"keyring set {KEYRING_SERVICE} {wanted.entry}"
        ways.append(t(command, command))
    some = join_texts(ways, "、または ", ", or ")
    made = t("", "") if wanted.made_at is None else t(wanted.made_at.ja, f" {wanted.made_at.en}")
    return t(f"渡し方: {some.ja}。{made.ja}", f"give it by {some.en}.{made.en}")


def run_credential_command(wanted: CredentialSpec) -> FoundCredential:
    """Run the command of a credential, without a shell; nothing it prints is ever shown."""
    found = _output(wanted.command)
    if isinstance(found, FoundCredential):
        return FoundCredential(found.value, wanted.setting)
    raise CredentialError(
        t(f"{wanted.setting} のコマンド{found.ja}。", f"the command of {wanted.setting} {found.en}."),
        t(
            f"端末で同じコマンドを試すか、環境変数 {wanted.variable} を使ってください。",
            f"try the same command in a terminal, or use the variable {wanted.variable}.",
        ),
    )


def _output(command: str) -> FoundCredential | Text:
    """Return what a command prints, or why it printed nothing usable."""
    from kb.console.run_program import read_some

    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if not words:
        return t("を読めません（引用符を確かめてください）", "cannot be read (check its quotes)")
    try:
        code, printed = read_some(words, timeout_s=COMMAND_S, most=2 * LONGEST)
    except FileNotFoundError:
        return t(f"のプログラム {words[0]} が見つかりません", f"needs a program {words[0]}, which is not there")
    except subprocess.TimeoutExpired:
        return t(f"が {COMMAND_S} 秒たっても終わりません", f"did not end within {COMMAND_S} s")
    except OSError as error:
        return t(f"を実行できません（{os_reason(error).ja}）", f"cannot be run ({os_reason(error).en})")
    if len(printed) > 2 * LONGEST:
        return t("の出力が長すぎます", "prints too much")
    if code:
        return t(f"が終了コード {code} で失敗しました", f"failed with exit code {code}")
    return FoundCredential(printed.decode("utf-8", "replace").strip(), "command")


def _checked(secret: FoundCredential, wanted: CredentialSpec) -> FoundCredential:
    """Return the secret if it fits in a header: one line of visible ASCII."""
    length = len(secret.value)
    if 0 < length <= LONGEST and secret.value.isascii() and secret.value.isprintable() and " " not in secret.value:
        return secret
    raise CredentialError(
        t(
            f"{wanted.name.ja}として使えない値です（{secret.origin}、{length:,} 文字）。",
            f"what {secret.origin} gives cannot be the {wanted.name.en} ({length:,} characters).",
        ),
        t("空白や改行、日本語が混ざっていないか確かめてください。", "check it for blanks, line breaks and quotes."),
    )


def _from_environment(wanted: CredentialSpec) -> FoundCredential | None:
    value = os.environ.get(wanted.variable, "").strip()
    return FoundCredential(value, wanted.variable) if value else None


def _load_keyring() -> ModuleType | None:
    """Return the package keyring, which is an extra."""
    try:
        return importlib.import_module("keyring")
    except ImportError:
        return None


def _from_keyring(wanted: CredentialSpec) -> FoundCredential | None:
    if (keyring := _load_keyring()) is None:
        return None
    try:
        value = (keyring.get_password(KEYRING_SERVICE, wanted.entry) or "").strip()
    except Exception:  # a locked or missing backend raises errors of its own: then there is no value
        return None
    return FoundCredential(value, "keyring") if value else None


@dataclass(frozen=True, slots=True)
class CredentialStatus:
    """A credential: its use, variable, origin and account; `unasked` says why the system was not asked.

    `admin`, `scopes` and `expires` (UTC, "" for never or untold) are what the system tells.
    """

    system: str
    use: str
    variable: str
    origin: Text | None
    account: str = ""
    admin: bool | None = None
    scopes: tuple[str, ...] = ()
    expires: str = ""
    unasked: Text | None = None


def credential_origin(wanted: CredentialSpec) -> Text | None:
    """Return where a credential would come from, without running anything; None for nowhere."""
    if os.environ.get(wanted.variable, "").strip():
        return t(f"環境変数 {wanted.variable}", f"the variable {wanted.variable}")
    if wanted.command:
        program = wanted.command.split()[0].rpartition("/")[2] if wanted.command.split() else ""
        return t(f"kb.toml の {wanted.setting}（{program}）", f"{wanted.setting} in kb.toml ({program})")
    return t("keyring", "the keyring") if _from_keyring(wanted) is not None else None


def ask_credential(
    system: str, use: str, wanted: CredentialSpec, ask: Callable[[], dict[str, object]]
) -> CredentialStatus:
    """Return a credential's status: its origin and what `ask` learns of it."""
    found = credential_origin(wanted)
    if found is None:
        return CredentialStatus(
            system, use, wanted.variable, None, unasked=t("どこにも見つかりません", "it is nowhere to be found")
        )
    try:
        told = ask()
    except KbError as error:
        return CredentialStatus(system, use, wanted.variable, found, unasked=error.what)
    return CredentialStatus(system, use, wanted.variable, found, **told)  # type: ignore[arg-type]


def ask_both(
    system: str, spec: Callable[[bool], CredentialSpec], ask: Callable[[bool], dict[str, object]], *, apart: bool
) -> Iterator[CredentialStatus]:
    """Yield the status of the credential that reads and, where another is kept `apart` for it, of the one that writes.

    Both functions take whether it is to write.
    """
    for to_write in (False, True) if apart else (False,):
        yield ask_credential(system, "write" if to_write else "read", spec(to_write), partial(ask, to_write))
