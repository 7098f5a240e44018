"""Whether a claim holds a place and says nothing: TODO, 後日検討, チームで相談して決める.

Two tests. *Closed vocabulary*: the sentence is made of words for putting off, for who and when,
and for the matter itself (対策, 方針), and of nothing else. *Shape*: a short sentence ends in a
verb of deciding or looking into, and no object stands before it.
"""

from __future__ import annotations

import re

from kb.reading.words import Words, any_of

# What is said of a thing that is not there yet.
_PUT_OFF = Words(
    """
    todo tbd tba tbc tbw fixme wip xxx xx ? … - – — ー ― × na n/a none nil null nothing pending unknown later
    soon undecided undetermined unspecified blank empty
    decided determined discussed discussion considered consideration consider discuss decide investigate
    investigation investigating investigated reviewed review
    think thinking written write filled fill added updated update announced defined planned planning identified
    confirmed
    未定 未記入 未記載 未着手 未対応 未実施 未検討 未作成 未策定 未決 未決定 未確定 未整理 未完 未了 未調査
    未確認 未だ 未 不明 不詳 謎 白紙 空欄 空白 宿題 保留 ペンディング 棚上げ 後回し 持ち越し
    検討 要検討 再検討 調査 要調査 確認 要確認 調整 要調整 精査 協議 相談 要相談 議論 要議論 審議 検証 模索
    思案 熟考 策定 立案 起案 作成 準備 記載 記入 記述 追記 加筆 入力 執筆 更新 着手 計画 企画
    書く 書き 書いて 書きます 書いた 埋める 埋めます 埋め 考え 考える 考えて 考えます 考えたい 考え中 決め
    決める 決めて 決めます 決めたい 決まり 決まる 決まって 決まったら 決定 まとめ まとめる まとめて まとめます
    詰め 詰める 詰めて
    洗い出し 洗い出す 洗い出して 練り 練る 練って 出し 出す 検討会 アイデア 案出し 見つけ 見つける 探す 探して 探し
    なし 無し ナシ 無 ありません ございません ない 無い 無く 特段 思いつかない 思い浮かばない 思いつかず
    浮かばない 待ち 待って 待つ 待ちます お待ち 待機 持ち帰り 持ち帰る 持ち帰って まとまり まとまった 揃った
    決まらず 決まらない 話し合う 話し合い 話し合って 話し合います 下書き 募集 課題 開催
    """
)
# The matter that would be decided, whoever decides it, and when: never an object worth naming.
_AROUND = Words(
    """
    再発 再発防止 再発防止策 防止 防止策 防止案 予防 予防策 対策 対策案 策 対応 対応策 対応案 処置 案 方針 内容
    方法 詳細 本件 これ それ こちら ここ そこ この その 件 原因 要因 真因 根本 根本原因 恒久 恒久策 恒久対策
    恒久対応 暫定 施策 改善 改善策 改善案
    アクション アイテム タスク 要否 可否 是非 やり方 進め方 有無 必要性 有効 有効な 効果的 効果的な 具体 具体的
    具体的な 具体策 適切 適切な 最適 最適な より良い 良い よい 何か 何らか 何らかの いい 項目 欄 事項 部分 分
    他 どう どうするか どうすべきか 何を いつ いつか 障害 事象 問題
    結果 調査結果 原因調査 究明 特定 判明 解明 明らか はっきり わかって 分かって わかり 分かり わかったら
    分かったら 判って 解析 分析 切り分け 方向性 方向 仕組み化 詳しく 詳しい 誰が 誰か
    現在 現状 該当 ゆくゆく アサイン 開いて 開き おく おき おきます いきたい いきます いく ゆく いこう ll 現在
    今 いま まだ 現時点 現時点では 今のところ いまのところ 目下 鋭意 別途 今後 後日 追って おって のちほど
    後ほど 後程 後で あとで あと 後 改めて あらためて 引き続き 引続き 引き続いて 継続 継続して 継続的に
    これから 早急 早急に 至急 速やかに 早めに 急ぎ 近日 近日中 近日中に 近いうち 近いうちに 近々 そのうち
    いずれ 順次 随時
    本日 明日 明後日 来週 来月 来期 来年 今週 今月 今期 年内 年度内 月内 月末 週末 週明け 翌週 翌月 次 次回
    次期 次の 直近 次第 以降 落ち着いたら 落ち着いてから 余裕 時間 できたら 一旦 いったん ひとまず とりあえず
    当面 しばらく 特に 特 とくに 既に すでに
    定例 定例会 定例会議 会議 会議体 ミーティング mtg 打ち合わせ 打合せ 朝会 夕会 週次 月次 会 場 レビュー
    振り返り ふりかえり ポストモーテム レトロ 合宿 チケット 起票 別チケット issue wiki
    チーム チーム内 チーム全体 全体 全員 みんな 皆 関係者 関係者間 関係各所 関係部署 各所 部署 部内 課内 社内
    各自 各所属 各担当 各部署 各チーム 担当 担当者 責任者 管理者 上長 上司 有識者 ベンダ ベンダー メーカ
    メーカー 開発 開発元 開発側 開発チーム インフラ インフラチーム 運用 運用チーム sre 先方 委託先 業者 弊社
    当社 自分 誰 様 さん 氏 君 側 間 内 中 上 一緒に 一同 メンバー メンバ 皆様
    と に で へ が を は も の から まで より にて において とともに しながら しつつ して し った て か か? ね
    よ な だ や こと もの とき 時 点 時点 ほど など 等 について についての に関して に関する に対する につき
    向け 向けて に向けて に向けた ための ため ために ので として とした とします とする という
    する します しました した している しています してます しており しておきます しておく していく していきます
    してゆく いたします 致します 致しております しております される されて なされる 行う 行い 行います 行って
    行っている 進める 進め 進めて 進めます 進めている 進めております 続ける 続けて 続けます
    中です です でした ます ました である であり だった であった だと いる います いない いません いく おり
    おります おらず ある あります あり 予定 予定です 見込み 見通し 段階 状態 状況 ところ つもり 必要 必要です
    必要がある 要 たい 思う 思います 思われる 思っている 考えています 考えております ください お願いします 請う
    乞う ご期待 まま のまま
    うえ 上で うえで 得て 得る 受けて 受け 踏まえ 踏まえて もとに 元に 基づき 基づいて 経て 聞いて 伺って 見て
    みて 見ながら 完了後 終了後 判明後 復旧後 解決後 特定後 確定後 確定 確定次第 出 出次第 出てから 出たら 揃い
    揃い次第 終わり 終わってから 終わったら 済み 済んで 返答 回答 返事 返信 連絡 報告 報告書 共有
    the a an to be is are was will in on at of for with by and or as it this that these we us our i they team
    all everyone someone next meeting week month sprint not yet no still currently now under ing have has had
    been being need needs needed
    about action actions item items plan plans measure measures prevention preventive corrective cause root
    root-cause rca here there more details further until once after when then do so far moment looking into
    it's we're anything add
    """,
    "? ! ( ) [ ] { } < > 〈 〉 「 」 『 』 【 】 、 。 ・ : ; , . / = ~ 〜 _ + # * "
    "| \" ' ↑ ↓ → ☆ 0 1 2 3 4 5 6 7 8 9 年 月 日 火 水 木 金 土 曜 週 半期 期 q \t … ー",
)
_EITHER = _PUT_OFF | _AROUND

_GUIDANCE = any_of(
    [
        "(?:ここに|ここへ|以下に|こちらに).{0,30}(?:記載|記入|記述|書|入力|列挙|追記|貼)",
        "[〇○△×□●◯]{2}|(?<![A-Za-z0-9-])[XxＸ]{3,}(?![A-Za-z0-9-])|\\.\\.\\.を|…を",
        "\\A[(<\\[{※].{0,40}(?:記載|記入|記述|書く|書き|書いて|入力|列挙|明記)(?:する|して(?:ください)?|こと"
        "|してください)?[)>\\]}。]*\\Z",
        "\\A(?:例|記入例|記載例|ex|e\\.g\\.)[:).]",
        "<(?:your|insert|describe|add|fill).{0,40}>|\\[(?:your|insert|describe|add|fill).{0,40}\\]",
        "\\A[(<\\[{](?:いつ|どこで|誰が|何が|なぜ).{0,40}[)>\\]}]\\Z",
    ]
)
# A ticket or an address holds what the sentence does not.
_POINTS = re.compile("#[0-9]{1,7}(?![0-9])|https?://", re.I)
_PERSON = re.compile("@[\\w.-]+|[\\w々ヶ]{1,6}(?:さん|氏|様|くん|君)")
_DOTTED = re.compile("\\b(?:[a-z]\\.){2,}")
# Brackets that only say who and when.
_WHO_WHEN = re.compile(
    "[(\\[【](?:(?:担当|期限|期日|due|owner|by)?[\\s::]*[\\w々ヶ@./\\-・、,:\\s]{0,20}?)[)\\]】]\\s*\\Z", re.I
)
_FINISHED = re.compile("(?:した|しました|済み?|完了)[。.)」\\s]*\\Z")
_SETTLED = re.compile(
    "\\A(?:特に)?(?:対策|対応|追加対策|追加対応|再発防止策?)?(?:は|の)?(?:なし|無し|ナシ|不要|不可|見送り?"
    "|行わない|実施しない|しない|必要ない|必要なし|none|n/?a|not needed|no action)",
    re.I,
)
_REASON = re.compile("ため|ので|から|理由|による|により|ことで|見込|予定|because|since|due|as ", re.I)
_SHAPE = re.compile(
    "(?:検討|調査|協議|相談|議論|調整|精査|検証|記載|記入|追記|作成|策定|立案|整理|(?:確認|対応)(?=中|予定|待ち))"
    "(?:を|中|予定|待ち|する|します|していく|していきます|いたします|しています|している|したい|すること"
    "|が必要|要|です|とする|とします|だ)*[。.!?]*\\Z"
    "|(?:考え|決め|書|まとめ|詰め|練)(?:る|く|ます|きます|て(?:いく|いる|います))(?:予定)?(?:です)?[。.]*\\Z"
)
_NO_OBJECT = ("が", "は", "で", "から", "まで", "と", "も", "て", "後", "次第", "上", "うえ")
SHAPE_LENGTH = 18
COVER_LENGTH = 64


def placeholder(text: str) -> str:
    """Which test finds that a folded, plain claim only holds a place; "" when it says something."""
    bare = text.strip()
    if not bare.strip(" -–—―ー?…・.。:、,()[]×/_~"):
        return "placeholder:mark" if bare else ""
    if settled(bare) or _POINTS.search(bare):
        return ""
    if len(bare) <= 80 and _GUIDANCE.search(bare):
        return "placeholder:guidance"
    bare = _DOTTED.sub(lambda found: found[0].replace(".", ""), _PERSON.sub("", bare.casefold())).strip()
    if _closed(bare) or _closed(_WHO_WHEN.sub("", bare)):
        return "placeholder:words"
    if len(bare) <= SHAPE_LENGTH and (found := _SHAPE.search(bare)):
        before = bare[: found.start()].rstrip("、, ")
        if before.endswith(_NO_OBJECT) and "を" not in before:
            return "placeholder:shape"
    return ""


def _closed(text: str) -> bool:
    """Whether a text is made of words for putting off and what goes around them."""
    if not 0 < len(text) <= COVER_LENGTH or _FINISHED.search(text):
        return False
    return _EITHER.cover(text)


def settled(text: str) -> bool:
    """なし with a reason is an answer: what was asked has been decided."""
    found = _SETTLED.match(text)
    if not found:
        return False
    rest = text[found.end() :].strip(" ()。、:-–—")
    return len(rest) >= 6 and bool(_REASON.search(rest)) and not _EITHER.cover(rest.casefold())
