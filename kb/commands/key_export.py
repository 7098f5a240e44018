"""`kb key export`: the key of this workspace in one line, for a CI secret or a colleague."""

from __future__ import annotations

from kb.config import find_config, open_workspace
from kb.console import say
from kb.lang import t

EXAMPLE = "kb key export\nkb key export | gh secret set --env-file -"


def command() -> None:
    """Print the key, made when there is none yet. Where it may be kept is said on stderr, every time."""
    from kb.secret_key import VARIABLE, key_for

    key = key_for(open_workspace() if find_config() else None, make=True)
    if key is None:
        open_workspace()  # says that there is none
        return
    print(f"{VARIABLE}={key.text}")
    say(
        str(
            t(
                f"鍵 {key.id} です。置けるのは、パスワード管理の道具か CI のシークレットだけです。git、チャット、"
                "ログには残さないでください（これと照合の印があれば、短いパスワードは当てられます）。",
                f"this is key {key.id}. Keep it in a password manager or as a secret of CI, nowhere else: not in git, "
                "a chat or a log. With it and an id, a short password can be guessed.",
            )
        )
    )
    say(
        str(
            t(
                "→ 受け取った人は、自分の作業フォルダーで kb key import に貼り付けます。",
                "→ whoever gets it pastes it into kb key import in their own workspace.",
            )
        )
    )
