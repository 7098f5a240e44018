"""通知先のことが、書かれていません / A channel of alerts is not written down

なぜ:
    なぜ鳴るのか、いくつを超えたら鳴るのか、だれの通知かが分からないチャンネルは、やがてだれも読まなくなります。図の
    [[channel]] のwhy、owner、threshold と、記事や通知の設定が挙げる「#…」が図にあるかを見ます。図に [[channel]] が 1
    つもなければ、何も言いません。
悪い例:
    # なぜ鳴るのかも、だれの通知かも分からない
    [[channel]]
    id = "night"
    label = "#ad-night"
良い例:
    [[channel]]
    id = "night"
    label = "#ad-night"
    why = "夜のあいだに人を起こす知らせ"
    owner = "配信チーム"
    threshold = "5 分の平均が 60 % を 3 回続けて超えたとき"
Why:
    Of a channel nobody can say why it rings, from which value on, or whose it is, people stop reading. Looked at are
    why, owner and threshold of each [[channel]], and whether the model has the `#...` that pages and the notify
    setting name. Nothing is said where the model has no [[channel]].
Bad:
    [[channel]]
    id = "night"
    label = "#ad-night"
Good:
    [[channel]]
    id = "night"
    label = "#ad-night"
    why = "what wakes people at night"
    owner = "Delivery"
    threshold = "three times in a row above 60 % over 5 minutes"
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import Evidence
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system.telling import list_some

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate

_ASKED = {
    "why": t("なぜ鳴るのか（why）", "why it rings (why)"),
    "owner": t("だれの通知か（owner）", "whose it is (owner)"),
    "threshold": t("いくつを超えたら鳴るのか（threshold）", "from which value on (threshold)"),
}


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each channel that lacks a word, and for each that pages name and the model does not have."""
    for channel in estate.model.channels:
        lacks = [asked for field, asked in _ASKED.items() if not getattr(channel, field)]
        if lacks:
            names, words = channel.label or channel.id, list_some([each.ja for each in lacks])
            english = list_some([each.en for each in lacks])
            yield DriftHit(
                channel.id,
                t(
                    f"通知先 {names} に書いていないことがあります。",
                    f"Something is not written of the channel {names}.",
                ),
                (Evidence("model", "", t(f"ないもの: {words.ja}", f"not there: {english.en}")),),
                t(
                    f"知っている人に聞いて、[[channel]] に書いてください: {words.ja}",
                    f"Ask who knows, and write it into [[channel]]: {english.en}",
                ),
                place=f"channel:{channel.id}",
            )
    if not estate.model.channels:
        return
    known = {channel.label.lstrip("#").lower() for channel in estate.model.channels}
    known |= {channel.id for channel in estate.model.channels}
    for mention in estate.channel_mentions:
        if mention.name in known:
            continue
        places = list_some(mention.places)
        yield DriftHit(
            f"#{mention.name}",
            t(
                f"通知先 #{mention.name} が、図の [[channel]] にありません。",
                f"The channel #{mention.name} is in no [[channel]] of the model.",
            ),
            (Evidence("mirror", mention.updated_at, places),),
            t(
                f"使っているなら [[channel]] に足し、名前が変わったならページを直してください（{places.ja}）。",
                f"Add it to [[channel]] if it is used, or mend the page if it was renamed ({places.en}).",
            ),
        )


rule = drift_rule("SYS252", __name__, Severity.INFO, look)
