"""個人につながる電話番号が書かれています / A telephone number that leads to a person is written down

なぜ:
    電話番号は、載せた本人の同意した相手だけが知るものです。記事やチケットは写しや通知にも残り、担当が変わっても消えません。
    連絡先は連絡網や名簿に一つだけ置き、ページからはその場所を指します。
    会社の代表番号や窓口の番号は、個人のものではないので指摘しません。
悪い例:
    夜間の連絡先: 田中 090-0173-4826
良い例:
    夜間の連絡先: 当番表（総務の連絡網）を参照
    保守窓口: 0120-000-635
Why:
    A telephone number is for those its owner gave it to. Pages and tickets live on in copies and mails, long after
    another person took over. Keep it in one list of contacts, and point to that list.
    Main numbers and support lines of organisations are nobody's own and are not reported.
Bad:
    At night call Tanaka, 090-0173-4826
Good:
    At night: see the list of contacts kept by the front office
    Support desk: 0120-000-635
"""

from __future__ import annotations

from kb.model.finding import Severity
from kb.model.secret import SecretKind
from kb.text.lang import t
from linters.secrets import secret_rule

MESSAGE = t(
    "個人につながる電話番号らしい値が書かれています。連絡網など、置き場所だけを書いてください。",
    "This looks like a telephone number that leads to a person. Write down only where such numbers are kept.",
)

rule = secret_rule(SecretKind.PHONE, __name__, MESSAGE, Severity.WARNING)
