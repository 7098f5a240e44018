"""住所録が書かれています / A list of people's addresses is written down

なぜ:
    名前と住所の並んだ一覧は、一件でなく全員分がまとめて漏れます。
    一覧は顧客管理や人事の仕組みに置き、ページには件数と置き場所を書いてください。
    3 人分から指摘します。事務所や店舗の一覧、1 件だけの住所は指摘しません。
悪い例:
    配送先:
    - 清水様、静岡県富岳市中央町5-6-7
    - 鈴木様、静岡県富岳市中央町8-1
    - 関様、静岡県汐浜市港町2-9-3
良い例:
    配送先: 3 件（受注システムの 6/11 分）
    本社: 東京都千早区緑台2-14-8
Why:
    A list of names and addresses leaks everybody on it at once. Keep it in the system for customers or staff, and
    write down how many there are and where. Lists are reported from three people on; offices, shops and single
    addresses are not.
Bad:
    Ship to: (three customers and more, each with a name and an address)
Good:
    Ship to: 3 customers, see the order system for 11 June
"""

from __future__ import annotations

from kb.model.finding import Severity
from kb.model.secret import SecretKind
from kb.text.lang import t
from linters.secrets import secret_rule

MESSAGE = t(
    "住所録らしい一覧にある住所です。一覧は本来の置き場所に移し、ここには件数だけを書いてください。",
    "This is an address in a list of people, it seems. Move the list to where it belongs, and write only a count.",
)

rule = secret_rule(SecretKind.ADDRESS, __name__, MESSAGE, Severity.WARNING)
