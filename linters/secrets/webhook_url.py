"""Webhook の URL が書かれています / The URL of a webhook is written down

なぜ:
    Webhook の URL は、それ自体が鍵です。知っている人は誰でもチームのチャンネルに投稿できます。
    発行元で作り直し、ページには設定の場所を書いてください。
悪い例:
    通知先: https://mattermost.example/hooks/k7f3m9q2x5z8w1n4b6d0c3v7h2
良い例:
    通知先: Slack の #ads-alert（Webhook は Parameter Store の /ads/slack）
Why:
    The URL of a webhook is a key in itself: whoever knows it can post into the team's channel.
    Make a new one, and write down where it is set.
Bad:
    Posts to https://mattermost.example/hooks/k7f3m9q2x5z8w1n4b6d0c3v7h2
Good:
    Posts to #ads-alert on Slack (the webhook is /ads/slack in the parameter store)
"""

from __future__ import annotations

from kb.model.secret import SecretKind
from kb.text.lang import t
from linters.secrets import secret_rule

MESSAGE = t(
    "Webhook の URL が書かれています。発行元で作り直し、設定の場所だけを書いてください。",
    "This is the URL of a webhook. Make a new one, and write down only where it is set.",
)

rule = secret_rule(SecretKind.WEBHOOK_URL, __name__, MESSAGE)
