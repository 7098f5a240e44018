"""暗証番号が書かれています / A PIN is written down

なぜ:
    数字だけの番号は、扉・金庫・端末をそのまま開けます。試せる組み合わせも少なく、漏れても気づけません。
    番号を変更し、知っている人か保管場所を書いておけば足ります。
悪い例:
    サーバ室の暗証番号は 4073 です。
良い例:
    サーバ室の暗証番号は総務（内線 201）に確認してください。
Why:
    A number alone opens a door, a safe or a device, and nobody notices when it leaks.
    Change it, and write down who knows it or where it is kept.
Bad:
    The PIN of the server room is 4073.
Good:
    Ask the front office for the PIN of the server room.
"""

from __future__ import annotations

from kb.model.secret import SecretKind
from kb.text.lang import t
from linters.secrets import secret_rule

MESSAGE = t(
    "暗証番号らしい数字が書かれています。番号を変更し、確認先だけを書いてください。",
    "This looks like a PIN. Change it, and write down only whom to ask.",
)

rule = secret_rule(SecretKind.PIN, __name__, MESSAGE)
