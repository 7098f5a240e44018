"""Causes that end at a person, and causes that are only thought likely.

Where an inquiry ends at somebody's carelessness, it ends where it should begin: why was it easy to get
wrong? A likely cause is worth writing down together with what speaks for it.
Source: 失敗学 and blameless postmortems (Google SRE workbook, ch. 10).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kb.markup.units import Unit
from kb.model.facts import Remark, RemarkKind, Role
from kb.reading.phrases.placeholder import MAX_GUIDANCE, is_guidance
from kb.reading.phrases.unknown import CAUSE_FOUND
from kb.reading.sections.section import Claim
from kb.reading.verdicts.cause import CauseSort, classify_step, split_steps
from kb.reading.verdicts.roles import PageIncident
from kb.text.fold import hash_content
from kb.text.lines import LineIndex
from kb.text.patterns import compile_search, compile_words
from kb.text.polite import to_plain_form

_WHO = (
    "(?:担当|作業|操作|運用|開発|設定|実施|入力|当番|現場|保守|管理|本人|新人|新任|若手|後任|前任"
    "|オペレータ?ー?|ベンダー?|外注|委託先|派遣|バイト)(?:者|員|スタッフ|担当)?"
)
_BLAME = compile_words(
    "不注意|うっかり|油断|気の緩み|気が緩|思い込み|思い違い|勘違い|失念|怠慢|怠っ|怠り|サボ|手抜き|見落と(?:し"
    "|と)|見逃し|確認を(?:怠|忘|しな|せず)|忘れて(?:い|し|お)|(?:し|り|け|れ|み|き|い|ち)忘れ"
    "|(?:人為|人的|ヒューマン|オペレーション|作業|操作|入力|単純|ケアレス|凡|確認|オペ|手作業の|打鍵"
    "|タイプ)(?:的な?)?\\s?(?:ミス|エラー|過誤)"
    f"|{_WHO}の(?:確認|注意|認識|理解|経験|知識|スキル|技術力|意識|準備|配慮|力量|判断|操作|作業|手順|入力"
    f"|設定)?(?:の)?(?:不足|ミス|誤り|間違い|間違え|甘さ|欠如|違い|過失|誤解|漏れ)"
    f"|(?:{_WHO}|[一-龠]{{1,4}}さん|[一-龠]{{1,3}}氏)(?:が|は)[^。]{{0,24}}(?:間違え|誤っ|誤り|忘れ|怠|知らな"
    f"|理解してい?な|気づかな|気付かな|確認しな|確認せず|見てい?な|守らな|従わな)"
    "|(?:注意|認識|意識|スキル|経験|知識|理解)(?:の)?(?:不足|が足り|の欠如|が低)|危機感が|自覚が"
    "|\\b(?:human error|operator(?:'s)? (?:error|mistake)|user error|careless\\w*|negligen\\w+|forgot(?:ten)?"
    "|inattenti\\w+|mistake (?:by|of)|lack of (?:attention|experience|skill|knowledge|care)"
    "|(?:engineer|operator|developer|admin|someone|somebody|person)\\w* (?:mis\\w+|mistyp\\w+|forgot|failed to"
    "|did(?:n't| not) (?:check|notice|read|follow)))\\b",
    re.I,
)
_NOT_BLAME = compile_words(
    "(?:ではなく|ではない|ではありません|でなく|とはせず|に帰さ|\\bnot\\b[^.]{0,20}(?:error|mistake))", re.I
)
# What let it happen: a thing, a rule, a screen, a check that is not there.
_SYSTEM = compile_words(
    "(?:検査|テスト|監視|アラート|通知|手順|仕組み|制限|制約|確認画面|画面|既定|デフォルト|初期値|表示|警告"
    "|ダイアログ|ロック|権限|設計|仕様|引き?継ぎ|資料|台帳|文書|記載|レビュー|体制|ルール|基準|ツール)"
    "[^。]{0,20}(?:な(?:い|く|かった|し)|無(?:い|く|かった|し)|ありません|おらず|いなかった|漏れ|未|似|同じ"
    "|紛らわし|分かりにく|わかりにく|古|旧|求め|受け付け|まま|できた|できてしま|許|分散|別)"
    "|(?:でき|押せ|選べ|入れられ|通せ)(?:る|た|て|てしま)(?:ように|状態|仕様|設定|た|ため|まま|[。、]|\\Z)"
    "|\\b(?:no|without|missing|lack(?:ed|ing)?) (?:a |an |any )?(?:check|test|alert|review|guard|limit"
    "|validation|confirmation|prompt|documentation|monitor\\w*)\\b|\\ballow(?:s|ed)\\b|\\bdefault",
    re.I,
)
_HEDGE = compile_words(
    "おそらく|恐らく|たぶん|多分|と(?:思われ|考えられ|推測|推定|推察|見られ|みられ|想定され)|かもしれ"
    "|のではない(?:か|だろう)|(?:の|と)疑い|疑わし|らしい|(?:た|る|い)ようだ|(?:た|る|い)よう(?:です|に見え(?!たが|たものの))"
    "|可能性が(?:高|ある|あり|考え)|(?:た|る|い)模様|仮説|\\b(?:probably|perhaps|maybe|possibly|likely"
    "|presumably|might have|may have|could have|suspect\\w*|we (?:think|believe|assume)|seems?|appears? to)\\b",
    re.I,
)
_EVIDENCE = compile_words(
    "#[0-9]+|https?://|再現(?:し|でき|手順|させ)|(?:ログ|記録|履歴|ダンプ|トレース|メトリクス|グラフ|監査|計測"
    "|実測|統計|画面写真|パケット)(?:から|に|で|を|では|により|上|と)|確認(?:でき|し)た|確かめ(?:た|られ)"
    "|裏付け"
    "|検証(?:し|で|の結果)|切り?分け(?:た|の結果)|一致(?:し|する)|時刻が(?:重|一致)|\\b(?:reproduc\\w+|logs?"
    "|traces?|metrics?|dump|confirmed|verified|graphs?|measured|commit)\\b",
    re.I,
)


def find_doubts(claims: Sequence[Claim]) -> Iterator[tuple[RemarkKind, Claim]]:
    """The claims on a cause that end at a person, and the first that is a guess without evidence."""
    said = [claim for claim in claims if not claim.content]
    blamed = [claim for claim in said if _BLAME.search(claim.text) and not _NOT_BLAME.search(claim.text)]
    if blamed and not any(_SYSTEM.search(claim.text) for claim in said):
        for claim in blamed:
            yield RemarkKind.BLAME, claim
    if any(_EVIDENCE.search(claim.text) or CAUSE_FOUND.search(claim.text) for claim in said):
        return
    for claim in said:
        if _HEDGE.search(to_plain_form(claim.text)) and any(_told(step) for step in split_steps(claim.text)):
            yield RemarkKind.GUESS, claim
            return


def _told(step: str) -> bool:
    """Whether a step of a claim says something, be it likely or not."""
    return classify_step(step) in (CauseSort.MECHANISM, CauseSort.ONE_STEP, CauseSort.SURFACE)


# What is worth a remark in an incident page beside the verdicts: guidance left over, blame, guesses.


_MEASURES = (Role.PREVENTION, Role.FIX_PERM)
# Without one of these, no line of a page is guidance.
_MAY_GUIDE = compile_search(
    "記載|記入|記述|入力|列挙|明記|追記|貼|選|削除|書|置き換え|例|[〇○◯△▲□]{2}|[xXｘＸ]{3}|_{3}|\\.{4}|[yY]{4}"
    "|[hH]{2}:|20[xX]{2}|[〇○◯]月|月\\s|[<{%$]"
    "|describe|explain|summari|list|fill|provide|write|insert|delete|remove|add|include|e\\.g\\.|example|your|enter",
    re.I,
)


def find_remarks(every: Sequence[Unit], told: Sequence[PageIncident], lines: LineIndex) -> Iterator[Remark]:
    """The remarks on the incidents of a page, of each kind in the order of the page."""
    heads = {section.opener.start for incident in told for section in incident.part if section.opener}
    for unit in every:
        if len(unit.text) > MAX_GUIDANCE or unit.start in heads or not _MAY_GUIDE.search(unit.text):
            continue
        incident = _incident_at(told, unit.start)
        measure = incident is not None and any(
            section.start <= unit.start <= section.end
            for role in _MEASURES
            for section in told[incident].sections.get(role, ())
        )
        if is_guidance(unit, measure=measure):
            yield _remark(RemarkKind.GUIDANCE, lines, unit.start, unit.end, unit.text, incident or 0)
    for number, incident_told in enumerate(told):
        for kind, claim in find_doubts(incident_told.said(Role.CAUSE)):
            yield _remark(kind, lines, claim.start, claim.end, claim.text, number)


def _incident_at(told: Sequence[PageIncident], offset: int) -> int | None:
    """Which incident a byte of the page belongs to: the last that began before it."""
    begun = [number for number, incident in enumerate(told) if incident.part and incident.part[0].start <= offset]
    return begun[-1] if begun else None


def _remark(kind: RemarkKind, lines: LineIndex, start: int, end: int, text: str, incident: int) -> Remark:
    return Remark(kind, lines.span(start, end), hash_content(text), incident)
