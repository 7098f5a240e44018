"""マイナンバーが書かれています / A My Number is written down

なぜ:
    個人番号は、法律が定めた手続きのほかには、集めることも保管することもできません（番号法 20 条）。
    消したあとは、履歴・添付・通知メールに残っていないかを確かめ、取り扱いの担当者に知らせてください。
悪い例:
    個人番号: 2837 4650 1929
良い例:
    個人番号: 人事の給与システムで管理（ここには書きません）
Why:
    The law lets nobody collect or keep a My Number outside the procedures it names (article 20 of the My Number Act).
    After removing it, look for it in the history, in attachments and mails, and tell whoever is in charge of such data.
Bad:
    My Number: 2837 4650 1929
Good:
    My Number: kept in the payroll system and nowhere else
"""

from __future__ import annotations

from kb.model.secret import SecretKind
from kb.text.lang import t
from linters.secrets import secret_rule

MESSAGE = t(
    "マイナンバーらしい番号が書かれています。消して、取り扱いの担当者に知らせてください。",
    "This looks like a My Number. Remove it, and tell whoever is in charge of such data.",
)

rule = secret_rule(SecretKind.MY_NUMBER, __name__, MESSAGE)
