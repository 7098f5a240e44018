"""パスワードが書かれています / A password is written down

なぜ:
    ページやチケットを読める人は誰でもサインインでき、コピーは版の履歴・通知メール・検索結果にも残ります。
    消すだけでは足りません。値を変更し、ページには保管場所だけを書けば、次に読む人も困りません。
悪い例:
    管理画面: https://admin.example/login
    ID: opsadmin
    パスワード: Kumo7-Hikari
良い例:
    管理画面: https://admin.example/login
    ID: opsadmin
    パスワード: 1Password の「配信管理画面」を参照
Why:
    Whoever reads the page or ticket can sign in, and copies stay in its history, in mails and in search results.
    Removing it is not enough: change the value, and write down only where the new one is kept.
Bad:
    Console: https://admin.example/login
    User: opsadmin
    Password: Kumo7-Hikari
Good:
    Console: https://admin.example/login
    User: opsadmin
    Password: see "delivery console" in 1Password
"""

from __future__ import annotations

from kb.model.secret import SecretKind
from kb.text.lang import t
from linters.secrets import secret_rule

MESSAGE = t(
    "パスワードらしい値が書かれています。値を変更し、保管場所だけを書いてください。",
    "This looks like a password. Change it, and write down only where the new one is kept.",
)

rule = secret_rule(SecretKind.PASSWORD, __name__, MESSAGE)
