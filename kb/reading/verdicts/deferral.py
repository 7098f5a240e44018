"""Whether a sentence puts off what it should say: 来週の定例で揉みます, to follow, 名案募集.

A measure commits to something when it names a thing and what is done to it. A sentence that puts
off has neither: its verb is one of talking, thinking, writing or waiting, and what stands before the
verb only says with whom, when, and after what. Those are open classes (anybody may be asked,
anything may have to end first), so they are known by their grammar and taken out first:

- *conditions*: [anything] + a verb of ending or arriving + たら, 次第, てから, 後に
- *consultations*: [anything] + a verb of hearing or receiving + て, うえで, ながら
- *circumstances*: [noun] + で, と, から, まで, and the prepositions of English

What remains must be made of a closed vocabulary: verbs of putting off, words for the matter itself
(対策, 方針), and what goes around them. A thing worth naming is in no such list and breaks the cover.
"""

from __future__ import annotations

import re

from kb.reading.verdicts.promises import LAST, promises
from kb.reading.words import Words, any_of

# What is said of a thing that is not there yet.
_PUT_OFF = Words(
    """
    todo tbd tba tbc tbw fixme wip xxx xx ? … - – — ー ― × na n/a none nil null nothing pending unknown later
    soon undecided undetermined unspecified blank empty
    decided determined discussed discussion considered consideration consider considering discuss decide decides
    investigate investigation investigating investigated reviewed review await awaiting waiting follow waits
    think thinking written write writing filled fill added updated update announced defined planned planning
    identified idea ideas clue confirmed
    未定 未記入 未記載 未着手 未対応 未実施 未検討 未作成 未策定 未決 未決定 未確定 未整理 未完 未了 未調査
    未確認 未だ 未 不明 不詳 謎 白紙 空欄 空白 宿題 保留 ペンディング 棚上げ 後回し 持ち越し 先送り 手付かず
    後送 後報 後述 後日送付 別送 追送 追記待ち 判断待ち 記入待ち
    検討 要検討 再検討 調査 要調査 確認 要確認 調整 要調整 精査 協議 相談 要相談 議論 要議論 審議 検証 模索
    思案 熟考 考慮 考察 策定 立案 起案 作成 準備 記載 記入 記述 追記 加筆 入力 執筆 更新 着手 計画 企画 善処
    書く 書き 書いて 書きます 書いた 書きかけ 書き起こす 書き起こし 記す 記し 記します
    埋める 埋めます 埋め 考え 考える 考えて 考えます 考えたい 考えた 考え中 決め
    決める 決めて 決めます 決めたい 決まり 決まる 決まって 決まったら 決定 決めきれ 決めかねて 決めかね まとめ
    まとめる まとめて まとめます 取りまとめ とりまとめ 取り纏め 取りまとめる 取りまとめて
    詰め 詰める 詰めて 詰めます 煮詰め 煮詰める 煮詰めて 揉む 揉み 揉んで 擦り合わせ 擦り合わせる 擦り合わせて
    すり合わせ すり合わせる すり合わせて すりあわせ すりあわせる 諮る 諮り 諮って 仰ぐ 仰ぎ 仰いで 委ねる 委ね
    洗い出し 洗い出す 洗い出して 練り 練る 練って 出し 出す 検討会 アイデア 案出し 見つけ 見つける 探す 探して 探し
    定める 定め 定まって 定まり 立てる 立てて 立てます 固める 固めて 固めます 固まって 固まり 話す 話し 話します
    話して 持ち寄る 持ち寄り 持ち寄って 議題 議案 沙汰 判断
    なし 無し ナシ 無 ありません ございません ない 無い 無く 特段 思いつかない 思い浮かばない 思いつかず
    思いつきません 浮かばない 浮かびません 待ち 待って 待つ 待ちます お待ち 待機 持ち帰り 持ち帰る 持ち帰って
    まとまり まとまった 揃った
    決まらず 決まらない 話し合う 話し合い 話し合って 話し合います 下書き 募集 課題 開催
    わからない わかりません 分からない 分かりません 判らない 答え 見当 同上 同左 同様 〃 " ネタ切れ 求む
    """
)
# The matter that would be decided, whoever decides it, and when: never an object worth naming.
_AROUND = Words(
    """
    再発 再発防止 再発防止策 再発防止案 防止 防止策 防止案 予防 予防策 対策 対策案 策 対応 対応策 対応案 処置 案
    方針 内容 発生対策 流出対策 発生防止 流出防止
    方法 詳細 本件 これ それ こちら ここ そこ この その 件 原因 要因 真因 根本 根本原因 恒久 恒久策 恒久対策
    恒久対応 暫定 施策 改善 改善策 改善案 手立て 手段 打ち手 打つ手 手 妙案 名案 別案 代案 対処 対処法
    アクション アイテム タスク 要否 可否 是非 やり方 進め方 有無 必要性 有効 有効な 効果的 効果的な 具体 具体的
    具体的な 具体策 適切 適切な 適切に 適宜 しかるべく 最適 最適な より良い 良い よい 何か 何らか 何らかの いい
    項目 欄 事項 部分 分 本章 本節 本項 本欄 本ページ 当欄 本書 ページ 章 節
    他 どう どうする どうするか どうすべきか どうすれば よいか いいか べきか べき 何を 何も いつ いつか 障害 事象
    問題 何 事 やる やるか
    結果 調査結果 原因調査 究明 特定 判明 解明 明らか はっきり わかって 分かって わかり 分かり わかったら
    分かったら 判って 解析 分析 切り分け 方向性 方向 仕組み化 詳しく 詳しい 誰が 誰か
    現在 現状 該当 ゆくゆく アサイン 開いて 開き おく おき おきます いきたい いきます いく ゆく いこう ll 現在
    今 いま まだ まず 未だに 現時点 現時点では 今のところ いまのところ 目下 鋭意 別途 今後 後日 追って おって
    のちほど 以下 ただいま 只今
    後ほど 後程 後で あとで あと 後 改めて あらためて 引き続き 引続き 引き続いて 継続 継続して 継続的に
    これから 早急 早急に 至急 速やかに 早めに 急ぎ 近日 近日中 近日中に 近いうち 近いうちに 近々 そのうち
    いずれ 順次 随時 また 今度 また今度 別 別の 機会 手元 いろいろ 色々 様々 それぞれ 順不同 必要に応じて
    応じて 状況に
    本日 明日 明後日 来週 来月 来期 来年 今週 今月 今期 年内 年度内 月内 月末 週末 週明け 翌週 翌月 次 次回
    次期 次の 直近 次第 以降 落ち着いたら 落ち着いてから 余裕 時間 できたら 一旦 いったん ひとまず とりあえず
    当面 しばらく 特に 特 とくに 既に すでに 目途 目処 めど 期限 当分
    定例 定例会 定例会議 会議 会議体 ミーティング mtg 打ち合わせ 打合せ 朝会 夕会 週次 月次 会 場 レビュー
    振り返り ふりかえり ポストモーテム レトロ 合宿 チケット 起票 別チケット issue wiki タスクフォース
    チーム チーム内 チーム全体 全体 全員 みんな 皆 関係者 関係者間 関係各所 関係部署 各所 部署 部内 課内 社内
    各自 各所属 各担当 各部署 各チーム 担当 担当者 責任者 管理者 上長 上司 有識者 ベンダ ベンダー メーカ
    メーカー 開発 開発元 開発側 開発チーム インフラ インフラチーム 運用 運用チーム sre 先方 委託先 業者 弊社
    当社 自分 誰 様 さん 氏 君 側 間 内 中 上 一緒に 一同 メンバー メンバ 皆様 リーダー 部長 課長 本社 上層部
    記入者 私 私たち 我々 当方 上記 見解 指示 意見 最中
    と に で へ が を は も の から まで より にて において とともに しながら しつつ して し った て か か? ね
    よ な だ や こと もの とき 時 点 時点 ほど など 等 について についての に関して に関する に対する につき
    向け 向けて に向けて に向けた ための ため ために ので として とした とします とする という
    される されます する します しました しましょう しよう した している しています してます していない していません
    いません していく していきます いて おいて おります しております しておきます しておく
    してゆく いたします 致します 致しております しております される されて なされる 行う 行い 行います 行って
    行っている 進める 進め 進めて 進めます 進めている 進めております 続ける 続けて 続けます ことに なった なって
    なります なる
    中です です でした ます ました である であり だった であった だと いる います いない いません いく おり
    おります おらず ある あります あり 予定 予定です 見込み 見通し 段階 状態 状況 ところ つもり 必要 必要です
    必要がある 要 たい 思う 思います 思われる 思っている 考えています 考えております ください お願いします 請う
    乞う ご期待 まま のまま けて つけて 付けて られて せん 出て つかない ていない
    うえ 上で うえで 得て 得る 受けて 受け 踏まえ 踏まえて もとに 元に 基づき 基づいて 経て 聞いて 伺って 見て
    みて 見ながら 完了後 終了後 判明後 復旧後 解決後 特定後 確定後 確定 確定次第 出 出次第 出てから 出たら 揃い
    揃い次第 終わり 終わってから 終わったら 済み 済んで 返答 回答 返事 返信 連絡 報告 報告書 共有 聞く 伺う
    the a an to be is are was will in on at of for with by and or as it this that these we us our i they team
    all everyone someone next meeting week month sprint not yet no still currently now under ing have has had
    been being need needs needed up good better great this so
    about action actions item items plan plans measure measures prevention preventive corrective cause root
    root-cause rca here there more details further until once after when then do so far moment looking into
    more time work progress suggestions welcome feedback input thoughts see ask
    draft progressing discussing deciding figuring internally someone something propose proposes
    proposal monday tuesday wednesday thursday friday tomorrow today yesterday tonight eod tba shortly
    it's we're i'll i'm we'll anything add owner
    """,
    "? ! ( ) [ ] { } < > 〈 〉 「 」 『 』 【 】 、 。 ・ : ; , . / = ~ 〜 _ + # * "
    "| \" ' ↑ ↓ → ☆ 0 1 2 3 4 5 6 7 8 9 年 月 日 火 水 木 金 土 曜 週 半期 期 q \t … ー",
)
_EITHER = _PUT_OFF | _AROUND
LONGEST = 72
"""Characters of a sentence that is read this way: who puts off says it in one breath."""

_OVER = (
    "(?:固ま|決ま|定ま|まとま|分か|わか|判|判明|明らか|はっきり|届|出|揃|そろ|終わ|済|落ち?着|収ま|着|来|戻|でき|出来"
    "|得られ|見え|整|到着|提出|公開|発表|回答|返答|返信|報告|連絡|承認|確定|特定|究明|解明|完了|終了|解決|復旧|収束"
    "|調査|解析|起き|起こ|発生|再発|つ|着手)"
)
# A condition: 原因が固まってから, 報告書の到着後に, 落ち着き次第, 同じことが起きたら, 提出待ち.
_CONDITION = re.compile(
    f"[^、,。()]{{0,30}}?{_OVER}(?:し|され|させ|い|っ|き|り|け|え|ち|ん|に?な[っり]|すること)?"
    "(?:たら|だら|次第|[るく]?まで(?:は)?|[てで]から|[てで](?:か|い)?ら|た(?:後|あと|のち|うえ|段階|時点|ところ|とき|際)[にで]?"
    "|の?(?:後|あと|のち|時点)(?=[にで、,]|[^ぁ-ん])[にで]?|(?:を|の)?待(?:ち|って|ちます|つ)(?:です)?|を(?:受け|もって))[、,]?"
)
# A consultation: 木下さんの意見を聞いて, ベンダーから返事をもらって, 状況を見ながら, 見解を踏まえ.
_CONSULTED = re.compile(
    "[^、,。()]{0,24}?(?:聞[いき]|伺[いっ]|もら[いっ]|貰[いっ]|いただ[いき]|頂[いき]|得|受け|待[ちっ]|見|み|眺め|踏まえ|ふまえ|経"
    "|仰[いぎ]|調べ|集め|持ち寄[りっ]|交え|含め|(?:確認|調査|相談|協議|検討|整理|議論|照会|精査|分析|審議|考慮)"
    "(?:し|を行[いっ]|を経))(?:[てで](?:から)?|た?(?:うえ|上|のち|後)[でに]?|ながら|つつ|(?=[、,]))[、,]?"
)
# A circumstance: チームで, 木下さんと, 来週の定例にて, 次の公演までに.
_CIRCUMSTANCE = re.compile(
    "[^ぁ-ん、,。\\s()][^ぁ-ん、,。\\s()]{0,13}\\s?(?:の[^ぁ-ん、,。\\s()]{1,10})?(?:\\([^()]{1,12}\\))?(?:さん|くん|たち|ら)?"
    "(?:にて|で(?:は|も)?(?![きすしあはも])|と(?:も|は)?(?![しすなもい思考])|から(?:の)?|より|において|まで(?:に)?|内で|間で)[、,]?"
)
# A reason for being late: 復旧を優先したため、…. Before なし it is the reason of a decision instead.
_EXCUSE = re.compile("[^、,。]{0,40}(?:ため、|ので、?|から、)(?!.*(?:なし|不要|しない|せず|わない))")
_DATIVE = re.compile(
    "[^ぁ-ん、,。\\s()]{1,12}(?:さん|くん|側|元)?[にへ](?:も)?(?=相談|確認|照会|問い?合|聞|伺|打診|諮|上申|一任|委|提出|依頼)"
)
# It all hangs on something: 来年度の予算次第, 上長確認待ち.
_UPON = re.compile("\\A[^をぁ-ん]{0,16}(?:[のと][^をぁ-ん]{1,12})?(?:次第|待ち)(?:です|となります|です。)?\\Z")
_ENGLISH = re.compile(
    "\\b(?:after|once|until|till|when|pending|with|from|by|at|in|on|upon|following|for|during)\\s+[\\w'’-]+"
    "(?:\\s+[\\w'’-]+){0,4}",
    re.I,
)
_WAITS_FOR = re.compile("\\b(?:(?:a)?waiting(?: for| on)?|awaits?|pending)\\s+[\\w'’ -]{1,40}\\Z", re.I)
# Whether it will be done at all.
_WHETHER = re.compile(
    "(?:やる|する|扱う|行う|対応する|実施する|必要|できる|要る|続ける)(?:べき)?か(?:どうか|否か)?(?:を|は|も|についても?|を含めて?|も含めて?)?"
)
# Nothing to offer: the noun may be anything, the sentence ends in its absence.
_NOTHING = any_of(
    [
        "(?:案|策|妙案|名案|(?:良|い)い手|アイデア|ネタ|見当|目[処途]|めど|結論|答え|打つ手|手立て|方針|結果|余力|余裕|材料)(?:は|が|も|すら)?(?:まだ|何も)?"
        "(?:(?:つ|付|浮か|思い浮か|思いつ|出|出て|決ま|決まって|定ま|定まって|固ま|固まって|まとま|まとまって|見つか|見つかって|立|立って|得られ|得られて"
        "|見え|見えて|あり|ござい)[いきばらたまえけげせ]{0,2})?(?:な(?:い|し|く)|無(?:い|し)|ません|ず|切れ)(?:です|状態です|状態|状況です|状況)?\\Z",
        "(?:言え|書け|申し上げられ|お伝えでき|伝えられ|打て|でき|やれ|挙げられ|示せ)る?(?:こと|もの|手|策)(?:は|が|も)?(?:特に)?"
        "(?:なし|な(?:い|く)|ありません|無(?:い|し))(?:です|状態です|状態)?\\Z",
        "(?:手|着手)(?:が|を|は|も)?(?:付|つ|回|でき)(?:け|い|か|け?られ|ら)?(?:て)?(?:い)?(?:ない|ません|ず|られていません|ていない)(?:です|状態)?\\Z",
    ]
)
# 何も浮かんでいない, これといったものはない, 書ける状況にない: the absence of anything at all.
_NOT_ANY = re.compile(
    "何も[^。、]{1,10}(?:ない|ません|ず)(?:です|状態|状況)?\\Z|(?:これといった|めぼしい|特段の|格別の)[^。、]{1,8}?(?:は|が|も)(?:まだ|今のところ)?"
    "(?:な(?:い|し)|ありません)(?:です)?\\Z|(?:書|言|決め|話|判断でき|示)[えけせら]?(?:れ)?る(?:状況|段階|状態)[にでは]{1,3}(?:ない|ありません)\\Z"
)
# The matter is asked of others: 防止策を検討するようベンダーに依頼.
_PASSED_ON = re.compile(
    "(?:検討|提案|提示|回答|調査)[^。、]{0,8}(?:よう|を)[^。、]{0,14}(?:依頼|要請|お願い)(?:する|します|中|予定|している|しています)?\\Z"
)
_ASKS = re.compile(
    "(?:案|アイデア|知恵|意見|提案|助言|手)(?:が|を|の|は)?[^。、]{0,8}(?:教えて|下さい|ください|募集|求む|求めます|お?待ちして|お願い|寄せて)[ぁ-ん]{0,8}\\Z"
)
# A meeting on the matter: 対策を練るための打ち合わせを設定する.
_MEETING = re.compile(
    "(?:対策|防止策?|改善策?|原因|アイデア|検討|対応策?|方針)[^、。]{0,12}(?:会議|会|打ち?合わ?せ|場|mtg|ミーティング|時間)(?:を|の)?"
    "[^、。をぁ-ん]{0,6}?(?:設定|開催|設け|持|開|セット|調整|予定)[ぁ-ん]{0,4}(?:予定)?\\Z"
)
# Todo and a name: a name is short and names nothing that is built.
_NAMED = re.compile(
    "(?:todo|tbd|検討|相談|宿題|担当|記入|未定)\\s*[:、,(]?\\s*(?P<name>[一-龠々]{2,4}|[ァ-ヶー]{2,7}|@?[a-z][a-z.]{1,12})\\)?\\Z"
)
_THING = re.compile(
    "監視|検査|検知|試験|検証|設定|追加|冗長|分離|自動|通知|権限|制限|制約|手順|移行|更新|増強|拡張|変更|修正|廃止|削除|導入|整備"
    "|作成|点検|交換|テスト|アラート|ツール|ログ|バックアップ|ci|test|alert|log|monitor|lint|backup|cache|retry|fix|docs?"
)
_FINISHED = re.compile("(?:した|しました|済み?|完了)[。.)」\\s]*\\Z")


def covered(text: str) -> bool:
    """Whether a text is made of the closed vocabulary as it stands."""
    return 0 < len(text) <= LONGEST and not _FINISHED.search(text) and _EITHER.cover(text)


def defers(text: str) -> str:
    """Which test finds that a plain, casefolded sentence puts off; "" when it commits to something."""
    if not 0 < len(text) <= LONGEST:
        return ""
    if covered(text):
        return "words"
    if _FINISHED.search(text) or not _HINT.search(text):
        return ""
    bare = text.strip(" 。.、!?…~〜()")
    if (
        _NOTHING.search(bare)
        or _NOT_ANY.search(bare)
        or _PASSED_ON.search(bare)
        or _ASKS.search(bare)
        or _MEETING.search(bare)
    ):
        return "nothing"
    if (found := _NAMED.match(bare)) and not _THING.search(found["name"]):
        return "named"
    if _reduced(bare) or _UPON.search(bare):
        return "reduced"
    if not LAST.search(bare):
        return ""
    rest = _CONSULTED.sub("", _CONDITION.sub("", _EXCUSE.sub("", bare)))
    return "promise" if promises(bare, bare) or promises(rest, bare) else ""


def _reduced(text: str) -> bool:
    """Whether nothing but deferral is left once conditions, consultations and circumstances are out."""
    if text.isascii():
        rest = _ENGLISH.sub(" ", _WAITS_FOR.sub("pending", text))
        return rest != text and _says(rest) and covered(rest)
    rest = text
    for pattern in (_EXCUSE, _CONDITION, _CONSULTED, _WHETHER, _CIRCUMSTANCE, _DATIVE):
        before, rest = rest, pattern.sub("", rest)
        if rest == before:
            continue
        if not rest.strip(" 、,()"):
            return pattern is _CONDITION
        if covered(rest):
            return rest != text and _says(rest)
    return False


_VERBS = any_of(
    [
        "検討|調査|協議|相談|議論|審議|考|決|まとめ|纏め|詰め|揉|合わせ|諮|仰|委ね|練|策定|立案|立て|記|書|埋め|話|報告|連絡|追記|持ち|待|善処|対処"
        "|対応|判断|精査|未|保留|沙汰|議題|アイデア|案|確認|調整|これから|今後|後|todo|tbd|予定|宿題|課題|回答|更新|準備|作成",
        "\\b(?:discuss|decid|determin|consider|pending|investigat|review|await|wait|writ|fill|updat|announc|defin"
        "|plan|identif"
        "|idea|think|later|follow|none|nothing|no|not|to be|todo|tbd)\\w*",
    ]
)


# A sentence without any of these puts nothing off: most need no closer look.
_HINT = any_of(
    [
        _VERBS.pattern,
        "な[いしくかけ]|無|ません|ず|切れ|時間|案|意見|誰|どう|任|出|集|投|回|示|聞|伺|展開|提|共有|次第|more|progress|ask|suggest|propos",
    ]
)


def _says(rest: str) -> bool:
    """Whether what is left has a word of putting off in it, and is not only filling."""
    return bool(_VERBS.search(rest))
