"""`kb key export` and `kb key import`: the key of a workspace, in one line, for CI or a colleague."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

from kb.commands.registry import command, option
from kb.console.terminal import can_ask, say
from kb.errors import UsageError
from kb.settings.workspace import Workspace, find_config, open_workspace
from kb.text.display import sanitize
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.settings.secret_key import SecretKey


@command(
    "key export",
    t("秘密の照合に使う鍵を書き出す", "write out the key that secrets are told apart by"),
    example="kb key export\nkb key export | gh secret set --env-file -",
)
def export_key() -> None:
    """Print the key, made when there is none yet. Where it may be kept is said on stderr, every time."""
    from kb.settings.secret_key import KEY_VARIABLE, load_key

    if (key := load_key(open_workspace() if find_config() else None, make=True)) is None:
        open_workspace()  # says that there is none
        return
    print(f"{KEY_VARIABLE}={key.text}")
    say(
        t(
            f"鍵 {key.id} です。置けるのは、パスワード管理の道具か CI のシークレットだけです。git、チャット、"
            "ログには残さないでください（これと照合の印があれば、短いパスワードは当てられます）。",
            f"this is key {key.id}. Keep it in a password manager or as a secret of CI, nowhere else: not in git, "
            "a chat or a log. With it and an id, a short password can be guessed.",
        )
    )
    say(
        t(
            "→ 受け取った人は、自分の作業フォルダーで kb key import に貼り付けます。",
            "→ whoever gets it pastes it into kb key import in their own workspace.",
        )
    )


_LONGEST = 4096
"""Characters of standard input that are read; no key is that long."""


@command(
    "key import",
    t("チームの鍵を取り込む", "bring in your team's key"),
    example="kb key import < key.txt\nop read op://ops/kb/key | kb key import",
)
def import_key(
    replace: Annotated[
        bool, option("--replace", t("別の鍵があっても置き換える", "put it in the place of another key that is there"))
    ] = False,
) -> None:
    """Read a key from standard input, never from the command line, and put it into `.kb/key`."""
    from kb.settings.secret_key import create_key, read_key

    workspace = open_workspace()
    key = _read_given_key()
    old = read_key(workspace.key)
    if old is None and not create_key(workspace.key, key):
        old = read_key(workspace.key)  # another kb has just made one
    if old is None:
        say(t(f"鍵 {key.id} を入れました: {_name(workspace)}", f"key {key.id} is in place: {_name(workspace)}"))
    elif old == key:
        say(t(f"鍵 {key.id} は、もう入っています。", f"key {key.id} is there already."))
    else:
        _replace(workspace, key, old, wanted=replace or not _is_used(workspace))
    _warn_other_key(key)


def _read_given_key() -> SecretKey:
    """Read the key on standard input: bare, or as `kb key export` prints it. Raises UsageError."""
    from kb.settings.secret_key import KEY_VARIABLE, parse_key

    if can_ask():
        import getpass

        text = getpass.getpass(str(t("鍵を貼り付けて Enter（表示しません）: ", "paste the key (it is not shown): ")))
    else:
        text = sys.stdin.read(_LONGEST) if sys.stdin is not None and not sys.stdin.closed else ""
    words = [line.strip() for line in text.splitlines() if line.strip()]
    if len(words) != 1:
        raise UsageError(
            t("標準入力に鍵が 1 行ありません。", "standard input does not hold one key."),
            t(
                "kb key export が出した 1 行を渡してください。例: op read op://ops/kb/key | kb key import",
                "give it the line that kb key export printed, as in op read op://ops/kb/key | kb key import",
            ),
        )
    return parse_key(words[0].removeprefix("export ").removeprefix(f"{KEY_VARIABLE}="), t("標準入力", "standard input"))


def _is_used(workspace: Workspace) -> bool:
    """Return whether ids may have been made with the present key: a sync makes a key, only a lint shows ids."""
    from kb.mirror.history.state import StateDb

    if not workspace.state.exists():
        return True
    with StateDb(workspace.state, readonly=True) as state:
        return state.history.begun()


def _replace(workspace: Workspace, key: SecretKey, old: SecretKey, *, wanted: bool) -> None:
    """Put the key in the other one's place, or raise UsageError that says what it would mean."""
    from kb.settings.secret_key import replace_key

    if not wanted:
        raise UsageError(
            t(
                f"ここには別の鍵 {old.id} があります。置き換えると、その鍵で作った秘密のベースラインと"
                f"受け入れは当たらなくなり、{old.id} に戻すまで指摘が出ます。",
                f"there is another key here, {old.id}. Once it is replaced, entries on secrets in the baseline and "
                f"in the decisions that were made with it no longer match, and are told until {old.id} is back.",
            ),
            t(
                f"それでよければ kb key import --replace（古い鍵は {_name(workspace)}.{old.id} に残ります）。",
                f"if so, kb key import --replace (the old key stays as {_name(workspace)}.{old.id}).",
            ),
        )
    beside = sanitize(str(replace_key(workspace.key, key, old).relative_to(workspace.root)))
    say(
        t(
            f"鍵を {old.id} から {key.id} に置き換えました。古い鍵は {beside} にあります。",
            f"key {old.id} was replaced by {key.id}; the old one is kept as {beside}.",
        )
    )


def _warn_other_key(key: SecretKey) -> None:
    """Say so when the environment holds another key: that one is used."""
    from kb.settings.secret_key import KEY_VARIABLE, load_key

    used = load_key(None, make=False)
    if used is not None and used != key:
        say(
            t(
                f"いまは環境変数 {KEY_VARIABLE} の鍵 {used.id} が使われます。外すと {key.id} になります。",
                f"{KEY_VARIABLE} of the environment, key {used.id}, is what is used now; without it, {key.id} will be.",
            )
        )


def _name(workspace: Workspace) -> str:
    return sanitize(str(workspace.key.relative_to(workspace.root)))
