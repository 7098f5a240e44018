"""認証ヘッダーの値が書かれています / The value of an authorization header is written down

なぜ:
    ヘッダーをそのまま貼ると、同じ要求を誰でも送れます。Basic の値は暗号ではなく、元のパスワードに戻せます。
    値を無効にし、貼るときは値を伏せてください。
悪い例:
    確認: curl -H 'Authorization: Bearer k3Yq9Zt5Lw8Xe2Rv7Nb4Mc6Hd1Jf0Gs' https://api.example/v1/jobs
良い例:
    確認: curl -H "Authorization: Bearer $TOKEN" https://api.example/v1/jobs
Why:
    With the header pasted, anybody can send the same request; a Basic value turns back into the password.
    Revoke it, and cover the value when you paste.
Bad:
    curl -H 'Authorization: Bearer k3Yq9Zt5Lw8Xe2Rv7Nb4Mc6Hd1Jf0Gs' https://api.example/v1/jobs
Good:
    curl -H "Authorization: Bearer $TOKEN" https://api.example/v1/jobs
"""

from __future__ import annotations

from kb.model.secret import SecretKind
from kb.text.lang import t
from linters.secrets import secret_rule

MESSAGE = t(
    "認証ヘッダーの値らしいものが書かれています。値を無効にし、作り直してください。",
    "This looks like the value of an authorization header. Revoke it, and make a new one.",
)

rule = secret_rule(SecretKind.AUTH_HEADER, __name__, MESSAGE)
