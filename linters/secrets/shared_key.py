"""ネットワークの共有鍵が書かれています / A shared key of a network is written down

なぜ:
    Wi-Fi・VPN・SNMP の共有鍵は、一人が知れば全員が入れるのと同じです。退室した人の端末にも残ります。
    鍵を変更し、配る先と保管場所を書いてください。
悪い例:
    Wi-Fi: SSID kb-guest / 暗号化キー Sakura-machi-2024
良い例:
    Wi-Fi: SSID kb-guest / 暗号化キーは総務の掲示を参照
Why:
    A shared key of Wi-Fi, VPN or SNMP lets everybody in once anybody knows it, and stays on every device that had it.
    Change it, and write down who gets it and where it is kept.
Bad:
    Wi-Fi: SSID kb-guest, passphrase: Sakura-machi-2024
Good:
    Wi-Fi: SSID kb-guest, passphrase: see the notice at the front office
"""

from __future__ import annotations

from kb.model.secret import SecretKind
from kb.text.lang import t
from linters.secrets import secret_rule

MESSAGE = t(
    "ネットワークの共有鍵らしい値が書かれています。鍵を変更し、保管場所だけを書いてください。",
    "This looks like a shared key of a network. Change it, and write down only where it is kept.",
)

rule = secret_rule(SecretKind.SHARED_KEY, __name__, MESSAGE)
