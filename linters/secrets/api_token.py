"""API のトークンやキーが書かれています / An API token or key is written down

なぜ:
    トークンは発行した人の代わりになります。画面も二段階認証も通らないので、使われても気づきにくいものです。
    発行元で無効にし、作り直してください。
悪い例:
    Redmine の API キー: 7c1e9b40d2f85a63be917f20c4d8a1e65b3f9072
良い例:
    Redmine の API キー: 個人設定の画面で発行してください
Why:
    A token stands for whoever made it; no page and no second factor is asked, so its use is hard to notice.
    Revoke it where it was issued, and make a new one.
Bad:
    Redmine API key: 7c1e9b40d2f85a63be917f20c4d8a1e65b3f9072
Good:
    Redmine API key: make your own under My account
"""

from __future__ import annotations

from kb.model.secret import SecretKind
from kb.text.lang import t
from linters.secrets import secret_rule

MESSAGE = t(
    "API のトークンらしい値が書かれています。発行元で無効にし、作り直してください。",
    "This looks like an API token. Revoke it where it was issued, and make a new one.",
)

rule = secret_rule(SecretKind.API_TOKEN, __name__, MESSAGE)
