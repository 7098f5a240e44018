"""二段階認証の種が書かれています / The seed of a second factor is written down

なぜ:
    種や回復コードがあれば、二段階目も誰でも通れます。パスワードと並んでいれば、二段階ではなくなります。
    二段階認証を登録し直してください。
悪い例:
    登録用: otpauth://totp/ops:root?secret=KZQXI43FNVQWG2DJ&issuer=ops
良い例:
    二段階認証: 登録の手順は「アカウント申請」を参照
Why:
    With the seed or a recovery code anybody passes the second step; beside the password there is no second step at all.
    Enrol again.
Bad:
    otpauth://totp/ops:root?secret=KZQXI43FNVQWG2DJ&issuer=ops
Good:
    Second factor: enrol as described in "accounts"
"""

from __future__ import annotations

from kb.model.secret import SecretKind
from kb.text.lang import t
from linters.secrets import secret_rule

MESSAGE = t(
    "二段階認証の種か回復コードらしい値が書かれています。登録し直してください。",
    "This looks like the seed or a recovery code of a second factor. Enrol again.",
)

rule = secret_rule(SecretKind.OTP_SECRET, __name__, MESSAGE)
