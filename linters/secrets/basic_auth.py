"""Basic 認証の ID とパスワードが書かれています / A user name and password of HTTP authentication are written down

なぜ:
    検証環境の鍵でも、本番と同じ値が使われていることがよくあります。
    値を変更し、ページには保管場所を書いてください。
悪い例:
    Basic認証: kbstage / Niji-Sora42
良い例:
    Basic認証: 1Password の「検証環境」を参照
Why:
    Even the key to a staging site is often the key to production too.
    Change it, and write down where the new one is kept.
Bad:
    Basic auth: kbstage / Niji-Sora42
Good:
    Basic auth: see "staging" in 1Password
"""

from __future__ import annotations

from kb.model.secret import SecretKind
from kb.text.lang import t
from linters.secrets import secret_rule

MESSAGE = t(
    "Basic 認証の組らしい値が書かれています。値を変更し、保管場所だけを書いてください。",
    "This looks like a user name and password of HTTP authentication. Change it, and write down only where it is kept.",
)

rule = secret_rule(SecretKind.BASIC_AUTH, __name__, MESSAGE)
