"""接続文字列にパスワードが入っています / A connection string holds a password

なぜ:
    接続先と値がそろっているので、読んだ人はそのままデータベースに入れます。
    値を変更し、接続文字列には環境変数の名前を書いてください。
悪い例:
    接続先: postgres://batch:Umi-Tsuki55@db01.example:5432/ads
良い例:
    接続先: postgres://batch:${DB_PASSWORD}@db01.example:5432/ads
Why:
    Place and password stand side by side: whoever reads it is in the database.
    Change it, and name a variable in its place.
Bad:
    postgres://batch:Umi-Tsuki55@db01.example:5432/ads
Good:
    postgres://batch:${DB_PASSWORD}@db01.example:5432/ads
"""

from __future__ import annotations

from kb.model.secret import SecretKind
from kb.text.lang import t
from linters.secrets import secret_rule

MESSAGE = t(
    "接続文字列にパスワードらしい値が入っています。値を変更し、変数に置き換えてください。",
    "This connection string seems to hold a password. Change it, and name a variable in its place.",
)

rule = secret_rule(SecretKind.CONNECTION_STRING, __name__, MESSAGE)
