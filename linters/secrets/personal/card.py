"""カード番号が書かれています / The number of a payment card is written down

なぜ:
    カード番号は、それだけで買い物に使われることがあります。
    業界の基準（PCI DSS）でも、平文での保管は認められません。
    調べるときは下 4 桁と決済会社の取引番号で足ります。決済会社が公開しているテスト用の番号は指摘しません。
悪い例:
    カード番号: 4000 0027 1828 4597
良い例:
    カード番号: 下 4 桁 4597、取引番号 ch-20481
    テストには 4242 4242 4242 4242 を使います。
Why:
    A card number can be enough to buy with, and the standard of the card industry (PCI DSS) forbids keeping it in
    clear. The last four digits and the transaction's id are enough to look into a case. Test numbers that payment
    services publish are not reported.
Bad:
    Card number: 4000 0027 1828 4597
Good:
    Card ending in 4597, transaction ch-20481
    For tests use 4242 4242 4242 4242.
"""

from __future__ import annotations

from kb.model.secret import SecretKind
from kb.text.lang import t
from linters.secrets import secret_rule

MESSAGE = t(
    "カード番号らしい値が書かれています。消して、下 4 桁か取引番号だけを書いてください。",
    "This looks like the number of a payment card. Remove it, and write the last four digits or the transaction's id.",
)

rule = secret_rule(SecretKind.CARD, __name__, MESSAGE)
