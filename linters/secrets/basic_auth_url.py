"""URL にパスワードが入っています / A URL holds a password

なぜ:
    URL に入れた値は、コピーのたびに広がり、アクセスログやプロキシの記録にも残ります。
    値を変更し、URL からは取り除いてください。
悪い例:
    再実行: curl https://deploy:Mizu-Kaze8@ci.example/job/build
良い例:
    再実行: curl -n https://ci.example/job/build （値は ~/.netrc にあります）
Why:
    What stands in a URL spreads with every copy, and stays in access logs and proxies.
    Change it, and take it out of the URL.
Bad:
    curl https://deploy:Mizu-Kaze8@ci.example/job/build
Good:
    curl -n https://ci.example/job/build (it reads ~/.netrc)
"""

from __future__ import annotations

from kb.model.secret import SecretKind
from kb.text.lang import t
from linters.secrets import secret_rule

MESSAGE = t(
    "URL にパスワードらしい値が入っています。値を変更し、URL から取り除いてください。",
    "This URL seems to hold a password. Change it, and take it out of the URL.",
)

rule = secret_rule(SecretKind.BASIC_AUTH_URL, __name__, MESSAGE)
