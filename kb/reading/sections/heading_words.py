"""The morphemes headings are made of: cores for each role, weak cores, and what may surround them.

Written as regular expressions over folded, lower-case headings; `kb.reading.sections.heading_words` composes them.
Source of the stock: public Japanese and English postmortem templates and guides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from kb.model.facts import Confidence, Role
from kb.text.patterns import WordSet, compile_words

_TEMPORARY = "(?:暫定|応急|一次|初動|初期|緊急|当面|当座|即時|臨時|仮|取り?急ぎ|とりあえず|その場|短期的?な?)の?"
_PERMANENT = "(?:恒久|恒常|本格|根本|抜本|永続|正式|最終|本)(?:的な?|の)?"
_ACT = "(?:対応|対策|対処|処置|処理|措置|復旧|回避|解決|修正|改修|施策|是正|手当て?)"
_TAIL = "(?:内容|方法|法|策|案|手順|結果|事項|手段|作業|処置|措置|対応|対策|施策)"
_EVENT = (
    "(?:起き|起こ|発生|生じ|止ま|停止|落ち|壊れ|失敗|障害|こうな|そうな|不具合|ダウン|遅れ|遅延|防げ|防止でき"
    "|気づけ|気付け|検知でき|見逃|混入)"
)
_NEXT = "(?:今後|次回|次|これから|将来|以降)"

ROLE_CORES: tuple[tuple[Role, str], ...] = (
    (Role.CAUSE, "(?:原因|真因|要因|根因|誘因|起因|主因|引き金|発端)(?:分析|調査|究明|特定|考察)?(?:結果)?"),
    (Role.CAUSE, "(?:直接|障害|発生|不具合|停止)(?:的な|の)?きっかけ"),
    (Role.CAUSE, "(?:発生|障害|停止|失敗|不具合)(?:した|の)?(?:理由|メカニズム|機序|背景)"),
    (Role.CAUSE, "(?:なぜ){1,2}(?:分析|なぜ分析)?|5回のなぜ|5why分析"),
    (Role.CAUSE, f"(?:なぜ|何故|どうして|なんで).{{0,10}}{_EVENT}.{{0,8}}"),
    (Role.CAUSE, f"{_EVENT}.{{0,4}}(?:理由|わけ|要因)"),
    (Role.CAUSE,
        "root ?causes?(?: analysis)?|underlying (?:problem|issue|fault)s?|causes?|rca|contributing factors?"
        "|triggers?|5 ?whys?|five whys?"
        "|why analysis"),
    (Role.CAUSE,
        "why(?: did| was| has)?(?: it| this| we| that| the \\w+)?(?: happen| fail| break| occur| go down"
        "| went down)\\w*|what (?:caused|went wrong).{0,20}"),
    (Role.FIX_TEMP,
        f"{_TEMPORARY}{_ACT}{_TAIL}?|暫定|応急|止血(?:{_ACT})?|(?:業務)?回避(?:策|方法|手順|手段)"
        f"|ワークアラウンド"),
    (Role.FIX_TEMP,
        "workarounds?|mitigations?|stop-?gaps?|hot-?fix|(?:temporary|immediate|interim|short[- ]term"
        "|emergency|initial) (?:fix|actions?|measures?|response|resolution|solution|mitigation)"),
    (Role.FIX_PERM, f"{_PERMANENT}{_ACT}{_TAIL}?|恒久"),
    (Role.FIX_PERM,
        "(?:permanent|long[- ]term|final|definitive|real) (?:fix|actions?|measures?|resolution|solution"
        "|correction)"),
    (Role.FIX,
        f"(?:対応|対処|処置|措置|解決|復旧|復帰|修正|是正(?!処置|措置|策)|改修|解消|回復|修復|打ち手|手当て?){_TAIL}?"),
    (Role.FIX,
        f"{_ACT}した(?:こと|内容|方法|事項)|(?:実施|実行|行った?|やった)(?:した)?(?:{_ACT}|作業|こと|内容"
        f"|事項)|直し方|直した方法|なおし方"),
    (Role.FIX,
        "(?:どう|どのように|どうやって|いかに)(?:して)?(?:直|なお|復旧|解決|対応|対処|回復|戻|解消|修正"
        "|治).{0,6}|何をした|何をやった|どう対応"),
    (Role.FIX,
        "resolutions?|resolved by|fix(?:es|ed)?|recovery|remediations?|remed(?:y|ies)|repairs?|solutions?"
        "|response|actions? taken|how (?:we|it|this|was)(?: was| were| it)? ?(?:fix|resolv|recover|solv"
        "|repair|restor).{0,12}|what we did.{0,12}"),
    (Role.PREVENTION, f"再発(?:を|の)?(?:防止|予防|抑止|抑制|対策|回避|防ぐ|防が|防い|させない|しない){_TAIL}?"),
    (Role.PREVENTION,
        f"(?:未然|流出|発生|混入)(?:の)?(?:防止|対策){_TAIL}?|防止(?:策|案|対策|措置)|予防(?:策|処置|措置"
        f"|対策|保全|案)?|歯止め"),
    (Role.PREVENTION,
        "改善(?:策|案|施策|対策|アクション|措置|計画)|(?:横|水平)展開|アクション(?:アイテム|プラン|リスト)"
        "|是正予防(?:処置|措置)"),
    (Role.PREVENTION,
        f"{_NEXT}(?:の|に|へ|は|から|への|に向けた?)(?:{_ACT}{_TAIL}?|アクション|取り?組み?|備え|予防|防止"
        f"|改善|施策|打ち手|一手)(?:策|案)?"),
    (Role.PREVENTION,
        "(?:二度と|再び|もう|同じ|同様|同種|類似|再度).{0,10}(?:ない|防ぐ|防止|防げ|避ける|なくす|断つ).{0,6}"
        "|(?:繰り?返|くり返)さない.{0,6}|どう(?:やって|すれば|したら)?(?:防|再発).{0,6}|(?:防ぐ|なくす"
        "|起こさない)(?:に|ため).{0,4}"),
    (Role.PREVENTION, f"{_NEXT}(?:は|から|に)?どう(?:する|変え|防|し).{{0,4}}|何を変える"),
    (Role.PREVENTION,
        "preventions?|prevent(?:ive|ative|ing)?(?: (?:measures?|actions?|steps?|recurrence|reoccurrence|plan"
        "|this|it|future).{0,24})?|(?:corrective|follow[- ]?up|improvement) (?:and preventi\\w+ )?(?:actions?"
        "|items?|tasks?|measures?)|action items?|action plan|follow[- ]?ups?|next steps?|counter-?measures?"
        "|capa|(?:avoid|stop|reduc)\\w* (?:a )?recurrence"),
    (Role.PREVENTION,
        "(?:how (?:do|will|can|to|could) (?:we )?(?:prevent|avoid|stop)|what (?:will|are|should) we (?:change"
        "|do|doing)|never again|so (?:that )?(?:it|this) (?:does|won).{0,6}happen).{0,24}"),
    (Role.IMPACT,
        "影響を受け.{1,10}|どこ(?:まで|に|へ)影響.{0,4}|どの(?:くらい|程度).{0,6}影響.{0,4}|影響(?:範囲|度|者"
        "|先|内容|サービス|期間|時間|件数|ユーザー?|機能|システム|規模|調査)?|被害(?:状況|範囲|内容|額)?|損害"
        "|損失|affected(?: \\w+)?|impact(?:ed)?(?: \\w+)?|blast radius|customer impact"),
    (Role.DETECTION,
        "(?:検知|発見|発覚|検出|認知|覚知)(?:方法|手段|経緯|契機|経路|時刻|日時|元|者|のきっかけ|の経緯"
        "|した経緯)?|気(?:づ|付)いた(?:きっかけ|経緯|理由)?|どうやって気(?:づ|付).{0,4}|きっかけ|detection"
        "|detected(?: by)?|discovery|how (?:it|we|was it|did we).{0,6}(?:detect|notic|discover|found"
        "|find).{0,6}"),
    (Role.TIMELINE,
        "時系列|タイムライン|経緯|経過|クロノロジー?|推移|(?:対応|作業|調査|復旧|障害)(?:の)?(?:履歴|経緯"
        "|ログ|記録|経過|時系列|メモ|の流れ|流れ)|(?:当日|発生|発覚|検知|対応|復旧)(?:から"
        "|まで)?の(?:復旧まで)?の?(?:流れ|動き|経緯)|time ?line|chronology|sequence of events|history"
        "|event log"),
    (Role.STATUS,
        "(?:現在の|対応|作業|進捗|完了|処理)?(?:状態|状況|ステータス)|進捗|進み(?:具合|ぐあい)|ステータス"
        "|status|state|progress"),
    (Role.SUMMARY,
        "(?:障害|不具合|事象|トラブル|問題|インシデント|発生|症状|事故|エラー|現象)(?:の)?(?:概要|内容|事象"
        "|状況|詳細|現象|説明)|概要|事象|現象|症状|内容|あらまし|要約|サマリー?|全体像|問題点?|トラブル"
        "|不具合|障害|何が(?:起き|起こ|あっ).{0,4}|起き(?:た|ていた)こと|発生(?:した)?事象"),
    (Role.SUMMARY,
        "tl;?dr|(?:executive )?summary|overview|abstract|symptoms?|what happened|description"
        "|problem(?: statement)?|incident(?: summary| description)?|issue"),
    (Role.OTHER,
        "備考|補足|その他|関連.{0,6}|参考.{0,6}|学び|教訓|得られた(?:もの|こと|知見)|気づき|所感|感想"
        "|反省(?:点)?|告知文?|お知らせ文?|お詫び文?|案内文?|(?:お客様|顧客|社外|対外|利用者)(?:へ"
        "|向け)?の?(?:案内|連絡|お知らせ|説明|告知|アナウンス|周知)(?:文|内容)?|メモ|ノート|リンク|資料|添付"
        "|画像|ログ|エラーログ|スクリーンショット|用語|連絡先|問い?合わ?せ先|再現(?:手順|方法|性)|環境|構成"
        "|検証|確認(?:事項|方法|結果)?|付録|別紙|うまくいった.{0,6}|良かった.{0,6}|よかった.{0,6}|運が.{0,6}"
        "|議論|q&a|よくある質問"),
    (Role.OTHER,
        "notes?|remarks?|links?|references?|appendix|attachments?|lessons(?: learned)?|learnings?"
        "|what went (?:well|poorly|badly)|where we got lucky|misc|others?|related.{0,16}|environment|logs?"
        "|supporting information|glossary"),
    (Role.OTHER,
        "(?:発生|検知|復旧|解消|終息|対応|報告|記入|作成|更新|完了)?(?:日時?|日付|時刻|時間|期間)|(?:報告"
        "|記入|作成|起票|対応|発見|担当)(?:者|部署|チーム)|担当|重要度|優先度|深刻度|緊急度|レベル|severity"
        "|priority|dates?|authors?|owners?|reporter|duration|参加者|関係者|対象(?:システム|サーバー?|サービス"
        "|機能|環境)?"),
)  # fmt: skip

WEAK_CORES: tuple[tuple[Role, str], ...] = (
    (Role.CAUSE,
        "調査(?:結果|内容|状況)?|解析(?:結果)?|分析(?:結果)?|考察|背景|経緯と背景|理由|なぜ|investigation"
        "|analysis|background|why"),
    (Role.PREVENTION, f"対策{_TAIL}?|施策|是正(?:処置|措置|策)"),
    (Role.PREVENTION,
        f"{_NEXT}(?:について|の予定|の課題|の方針|の運用|の計画|の展望|に向けて|にやること|やること)?"
        f"|残(?:課題|タスク|作業|件|対応)|宿題|課題|改善(?:点|事項|内容|項目)?|やること|to-?dos?|tasks?"
        f"|タスク|アクション|actions?|フォローアップ|improvements?|going forward|future(?: work)?"
        f"|ネクスト(?:アクション|ステップ)|next actions?"),
)  # fmt: skip

FILLERS = WordSet(
    """
    今後 次回 の に を は が と へ で や も など 等 について についての に関する に関して に対する に向けて
    に向けた へ向けて 向け のため のために ための ために ため
    として としての から まで より か のか んだ のだ だろう でしょう です ます という その この こう その後
    以後 当日 今 再度
    主 主な 主要 主要な 具体的 具体的な 詳細 詳細な 詳しい 現時点 現時点で 現在 確定 最終 暫定 想定 想定される
    推定 推定される 推測 予想 考えられる 判明した
    直接 直接的 直接的な 間接 間接的 間接的な 根本 根本的 根本的な 技術 技術的 技術的な 技術面 運用 運用的
    運用的な 運用面 組織 組織的 組織的な 組織面 人的 人的な
    環境 環境面 システム システム的 システム的な プロセス 管理 管理面 体制 業務 外部 内部 社内 社外 弊社 当社
    当方 自社 先方 チーム
    発生 障害 不具合 事象 問題 トラブル インシデント 本件 今回 本障害 本事象 エラー サービス お客様 顧客
    ユーザー ユーザ 利用者 混入 流出 見逃し 作り込み 検知遅れ 停止 遅延
    一覧 まとめ 内容 詳細 結果 状況 方針 計画 事項 項目 部分 面 点 案 策 欄 編 箇所 実施 追加 全体 各種 検討
    提案 取り組み 取組 取組み 活動 仕組み こと もの
    する した している される された 済 済み 含む 含め 一次 二次 次 回 版 報 速報 続報 時 第 つ 再 以降 すべき
    べき 短期 中期 長期 中長期
    the a an of our and for to this that it in on is was were did do does will we how s analysis detail details
    summary section description list plan plans planned
    proposed possible probable suspected main primary secondary direct underlying technical incident issue
    problem outage failure user customer business service
    again happening happen happened item items measure measures step steps future short long term initial final overview
    """,
    "? ! 、 。 ・ ~ - _ . 0 1 2 3 4 5 6 7 8 9 \t",
)

# Every core holds one of these: a quick no for most lines of a page.
CORE_STEMS = re.compile(
    "因|なぜ|何|どう|なんで|理由|わけ|引き金|発端|メカニズム|機序|背景|5回|暫定|応急|止血|回避|ワーク|対|処"
    "|措置|復|解|修|改|施策|是正|手当|恒久|打ち手|直|なお|やった|した"
    "|再|防|予|歯止|展開|アクション|備|取|一手|ない|なく|なさ|さない|くり|変え|影響|被害|損|検|見|覚|認知"
    "|気づ|気付|きっかけ|時系列|タイムライン|経|クロノ|推移|履歴|記録|流れ|動き|メモ|ログ"
    "|状|ステータス|進捗|進み|概要|事象|現象|内容|詳細|症|あらまし|要約|サマリ|全体|問|トラブル|不具合|障害|起き"
    "|発生|補足|その他|関|参|学び|教訓|得|所感|感想|反省|告知|お知らせ|案内|連絡|周知|説明|ノート|リンク|資料"
    "|添付|画像|スク|用語"
    "|環境|構成|確認|付録|別紙|うまく|良|よか|運|議論|質問|日|時|期間|者|部署|チーム|担当|度|レベル|象|調査"
    "|分析|考察|今後|次|残|宿題|課題|タスク|フォロー|ネクスト|将来|以降|これから|やる|実施|流出|混入"
    "|cause|rca|contribut|trigger|why|wrong|work|mitigat|stop|fix|temporary|immediate|interim|short|emergency"
    "|initial|permanent|long|final|definitive|real|resol|recover|remed|repair|solut|respon|action|did"
    "|prevent|correct|follow|improve|next|counter|capa|avoid|again|change|impact|affect|radius|detect"
    "|discover|notic|found|find|time|chronolog|sequence|histor|event|stat|progress|tl|summar|overview"
    "|abstract|symptom|happen|descri|problem|incident|issue"
    "|note|remark|link|refer|append|attach|lesson|learn|lucky|well|misc|other|related|environ|log|support"
    "|gloss|q&a|sever|prior|date|author|owner|report|durat|investigat|analy|backgr|to-?do|task|forward|future",
)

# Columns of a table of measures, and the fields that go with one.
OWNER_COLUMN = re.compile("担当|\\A誰|\\Aだれ|責任|実施者|対応者|主管|owner|assignee|who|dri", re.I)
DUE_COLUMN = re.compile(
    "期限|期日|締め?切|納期|予定日|完了予定|実施日|実施時期|時期|いつまで|due|deadline|by when|\\beta\\b|\\bwhen\\b",
    re.I,
)
STATE_COLUMN = re.compile(
    "状態|状況|進捗|進み|どうなった|どこまで|\\A(?:いま|今|現在|現状|実績)\\Z|ステータス|完了|済|対応状況|結果"
    "|status|state|progress|done",
    re.I,
)
MEASURE_COLUMN = re.compile(
    "対策|内容|施策|アクション|タスク|項目|再発防止|改善|防止|予防|やること|実施事項|何を|対応|action|task"
    "|item|measure|what|todo",
    re.I,
)
NUMBER_COLUMN = re.compile(
    "no\\.?|#|段|階層?|順番?|番号|項番|id|種別|分類|区分|優先度?|priority|type|category|観点|kind", re.I
)


# What a section heading means, composed from morphemes.
#
# One meaning has many headings: 再発防止策, 再発を防ぐために, 同じことを繰り返さないための取り組み. A list
# of headings is always too short, so this one holds the morphemes a heading of each role is made of
# (`CORES`), and the words that may surround them without changing the meaning (`FILL`). A heading
# is known when it is one core with nothing but filling around it, or several such parts.


@dataclass(frozen=True, slots=True)
class HeadingMeaning:
    """What one heading says it opens.

    `weak` keys (対策, 今後, 背景, TODO) hold a role only when no other section of the page does;
    `measure` is 対策 alone, which is the fix or prevention depending on its neighbours. `confidence`
    is HIGH for what the lexicon explains and lower for what `kb.reading.sections.role_assignment` worked out.
    """

    roles: tuple[Role, ...]
    weak: bool = False
    measure: bool = False
    confidence: Confidence = Confidence.HIGH


# All cores in one pattern; the name of the group that matched is the number of its entry.
_ENTRIES = tuple((role, False, core) for role, core in ROLE_CORES) + tuple(
    (role, True, core) for role, core in WEAK_CORES
)
_ANY_CORE = compile_words("|".join(f"(?P<k{index}>{core})" for index, (_, _, core) in enumerate(_ENTRIES)), re.I)

_NUMBER = re.compile(
    "(?:第?[0-9]{1,2}(?:[.\\-][0-9]{1,2})*(?:[.):、章節．]\\s*|\\s+(?!why|つ|回|件))"
    "|[(\\[]?[0-9a-z][)\\]]\\s*|[ivx]{1,4}[.)]\\s*|[a-z][.)]\\s+|q[0-9]*[.:]\\s*|step\\s*[0-9]+[.:]?\\s*"
    "|[①-⑳]|[ivx]{1,4}\\s+(?=[^a-z\\s])|[一二三四五六七八九十]{1,3}(?:[、.．]\\s*|\\s+)"
    "|第[一二三四五六七八九十]{1,3}[章節部]\\s*)",
    re.I,
)
_DECORATION = (
    "/#*_~`=+|<>《》〈〉〔〕【】「」『』[]{}■◆●▼▲□◇○△▽★☆◎▶►▷※・→⇒✓✔"
    "―─━═〜·•…‥»«›‹¶§〖〗〘〙〚〛⟦⟧-–—:。.,、!！?？\"' \u3000\ufe0f\u200d\u200b"
)
_INSIDE = re.compile("[【】《》〈〉〔〕「」『』\\[\\]*`_]+")
_JAPANESE_SPACE = re.compile("(?<=[^\x00-\x7f])\\s+(?=[^\x00-\x7f])")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2190-\u21ff\u2200-\u27bf\u2b00-\u2bff\ufe0f\u200d]+|:[a-z0-9_+-]+:")
_ODD = re.compile(f"{_INSIDE.pattern}|{_EMOJI.pattern}")  # most lines hold neither
_PARTS = re.compile("\\s*(?:[/|&+・,、(（)）]|→|および|及び|ならびに|並びに|かつ|\\band\\b|\\bor\\b)\\s*")
_WITH = re.compile("と|\\s+")

MAX_HEADING_WIDTH = 48
"""The widest heading that is looked up, in columns: 24 kanji or 48 letters."""


def strip_decoration(head: str) -> str:
    """A folded heading without decoration, emoji, numbering and what else surrounds its words."""
    text = (_INSIDE.sub(" ", _EMOJI.sub("", head)) if _ODD.search(head) else head).casefold()
    before = None
    while before != text:
        before = text
        text = text.strip(_DECORATION)
        if number := _NUMBER.match(text):
            text = text[number.end() :] or text
    return text if len(text.split(None, 1)) < 2 else _JAPANESE_SPACE.sub("", text)


# A line of a timeline, whatever it says was done: 8:50 復旧.
_CLOCK = re.compile("\\W*(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?![0-9])")


@lru_cache(maxsize=8192)
def lookup_heading(head: str) -> HeadingMeaning | None:
    """What a folded heading opens; None when it says nothing to kb.

    A heading of two parts (「原因と対策」, `Root cause / 根本原因`, 「再発防止（横展開含む）」) opens
    the roles of all its parts.
    """
    if len(head) > 2 * MAX_HEADING_WIDTH or not CORE_STEMS.search(head.casefold()) or _CLOCK.match(head):
        return None
    text = strip_decoration(head)
    if not text or "。" in text or _wide(text) or not CORE_STEMS.search(text):
        return None
    whole = _one(text)
    if whole:
        return whole
    for splitter, all_of_them in ((_PARTS, False), (_WITH, True)):
        parts = [part for part in splitter.split(text) if part.strip(_DECORATION)]
        if len(parts) < 2 or len(parts) > 4:
            continue
        keys = [_one(part.strip(_DECORATION)) for part in parts]
        known = [key for key in keys if key]
        if not known or (len(known) < len(parts) and (all_of_them or not keys[0] or "、" in text)):
            continue
        roles = tuple(dict.fromkeys(role for key in known for role in key.roles if role is not Role.OTHER))
        if roles:
            strong = [key for key in known if not key.weak]
            return HeadingMeaning(roles, weak=not strong)
    return None


def _wide(text: str) -> bool:
    """Whether a text takes more columns than any heading: two for each letter beyond ASCII."""
    return 2 * len(text) > MAX_HEADING_WIDTH and 2 * len(text) - len(text.encode("ascii", "ignore")) > MAX_HEADING_WIDTH


def _one(text: str) -> HeadingMeaning | None:
    """The longest core with only filling around it."""
    starts = [start for start in FILLERS.reach(text) if _ANY_CORE.match(text, start)]
    if not starts:
        return None
    ends = [len(text) - length for length in FILLERS.reach(text, backwards=True)]
    spans = sorted(
        ((start, end) for start in starts for end in ends if start < end), key=lambda span: span[0] - span[1]
    )
    for start, end in spans:
        if found := _ANY_CORE.fullmatch(text, start, end):
            role, weak, _ = _ENTRIES[int(str(found.lastgroup)[1:])]
            return HeadingMeaning(
                (role,), weak, measure=weak and role is Role.PREVENTION and ("対策" in text or "是正" in text)
            )
    return None
