"""What the clauses of a fix did: started the same thing again, changed something, or neither.

A restart has many verbs and one meaning: the same thing is off, then on again. Three ways to say it:

- a verb of *again*: 再起動, 上げ直す, リブート, bounce, and the commands that do it
- *off and on* in one breath: 落として上げた, 停止→起動, kill して起動
- *power*: something of the power supply (電源, ブレーカー, コンセント) and a verb of the hand

What is left when these are taken out shows whether anything else was done: an object with a verb that
is not one of confirming, telling or waiting.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache

from kb.text.patterns import compile_words
from kb.text.polite import to_plain_form


class FixDeed(Enum):
    """What one clause of a fix did. RERUN: a job was run again, which a restart entails."""

    RESTART = auto()
    STOP = auto()
    RERUN = auto()
    CHANGE = auto()
    NEUTRAL = auto()


_MACHINE = (
    "(?:サービス|プロセス|サーバー?|デーモン|ジョブ|アプリ|ワーカー?|コンテナ|バッチ|ホスト|ノード|vm"
    "|仮想マシン|インスタンス|装置"
    "|機器|端末|ルータ|スイッチ|プリンタ|本体|親機|子機|ゲートウェイ|システム|エージェント|pod|ポッド|タスク"
    "|クラスタ|基盤)"
)
_AGAIN = compile_words(
    "再起動|再始動|再立ち?上げ|(?:再度|再び|ふたたび|もう(?:一|1|いち)(?:度|回))の?[^。、を]{0,4}(?:立ち?上げ"
    "|起動|開始)|リスタート|リブート|(?:立ち?上げ|起動し?|上げ|起こし|立て|蹴り|叩き"
    "|起動させ|開始し|再起)(?:な(?:お|直)|直)し?[ぁ-ん]?|上げ直|叩き起こ|たたき起こ|蘇生|生き返ら"
    "|(?:落と|止め|停止|シャットダウン)(?:し|させ)?て?(?:から|後|し)?[、に]?(?:再度|もう[1一]度|再び)?(?:上げ"
    "|起動|立ち?上げ|開始)(?:直し)?"
    "|(?:手で|手動で|遠隔で|リモートで)(?:サービスを)?(?:起動|立ち?上げ|開始)(?!時|順)"
    "|(?:再開|起動|開始|start|リセット)[」』]?(?:ボタン)?を(?:押|クリック|タップ|選)[ぁ-ん]*|抜き?[挿差]し[ぁ-ん]*"
    "|ブレーカー?[^。、]{0,6}(?:上げ|戻し|戻す)[ぁ-ん]*|\\biisreset\\b"
    "|\\b[a-z]*ctl\\b[^。]*\\b(?:re)?start\\b[\\w ./=@:-]*"
    "|パワーサイクル|コールドブート|ハードリセット"
    "|(?:プロセス|pod|ポッド|コンテナ|タスク|インスタンス)[^。、]{0,20}(?:kill|キル|delete|落と|削除|消[しす]"
    "|作り直|再作成"
    "|再生成|入れ直|殺|捨て)(?:(?:し?て|し)[、]?[^。、をぁ-ん]{0,6}(?:作り直|再作成|立て直|再生成))?"
    "|\\bkill(?:ed|all)?\\b|\\bpkill\\b"
    "|(?:サービス|プロセス|サーバー?|デーモン|ジョブ|アプリ|ワーカー?|コンテナ|バッチ|[a-z0-9_-]+)\\s*(?:を"
    "|の)?(?:手動で)?(?:再開|起動(?!時|設定|スクリプト|順|オプション|引数|しない|でき)|立ち?上げ"
    "|開始)(?:し?(?:なお|直)し?)?"
    "|\\bre-?(?:start|boot|launch|deploy)(?:ed|ing|s)?\\b|\\b(?:bounc|power-?\\s?cycl|recycl|reset)(?:e|ed|ing"
    "|ting)?\\b"
    "|rollout restart[\\w ./=@:-]*|\\bup -d\\b|force-recreate|delete pods?|\\bdeleted? the pods?\\b"
    "|\\b(?:systemctl|service|supervisorctl|pm2|docker(?:[ -]compose)?|kubectl|sudo|initctl|rc-service"
    "|brew services)\\b.*\\b(?:re)?(?:start|boot|load)\\b[\\w ./=@:-]*"
    "|\\bturned? (?:it )?off and on\\b|\\bunplug\\w*\\b[^.]{0,40}\\bplug\\w*\\b[^.]{0,16}\\bin\\b"
    "|\\b(?:cycl|toggl|flipp?)(?:e|ed|ing)? (?:the )?(?:power|breaker|switch)\\b"
    "|\\bstarted (?:it|the \\w+) again\\b|\\b(?:brought|started) (?:it|the [\\w ]{1,20}) (?:back )?up\\b"
    "|(?:同じ|同一)(?:の)?(?:版|バージョン|イメージ|ビルド)[^。]{0,6}再?デプロイ|再デプロイ|リサイクル"
    "|(?:停止|stop)\\s*(?:・|→|/|と|、|後に?|し?て|and)\\s*(?:再?起動|開始|start)"
    "|\\bkick(?:ed|ing)?\\b|kubectl[\\w ./=@:-]*delete pods?[\\w ./=@:-]*"
    f"|{_MACHINE}\\s*を?\\s*入れ直",
    re.I,
)
# リセット of a machine; that of a password or a counter changes data.
_RESET = compile_words("リセット")
_DATA = compile_words(
    "(?:パスワード|カウンタ|設定|キャッシュ|フラグ|セッション|データ|統計|オフセット|パラメータ|鍵"
    "|値)[^。、]{0,8}リセット"
)
_POWER = compile_words(
    "(?:電源|ブレーカー?|主幹|コンセント|プラグ|アダプタ|リセット(?:ボタン|スイッチ)|スイッチ|バッテリー?)[^。]{0,30}?"
    "(?:切|落|抜|断|off|オフ|開放|長押し|押し|押す|入れ|再投入|投入|差|挿|つけ|付け|リセット|on\\b|オン)(?:し?直し?)?",
    re.I,
)
_HAND = compile_words(
    "(?:切|落と|落ち|抜[いき]|断|外し|開放し?|長押しし?|押し|消し|消|差し?|挿し?|入れ|つけ|付け|再?投入し?"
    "|上げ|戻し|待っ)(?:直し?)?"
    "(?:[てで](?:から)?|た(?:ところ|ら)?|ました|す|り)?"
)
_OTHER_ONE = compile_words("別の|新しい|新品|予備|他の|交換|替え|換え|代替|[0-9]\\s*系")
_OFF_ON = compile_words(
    "(?:切[っりる]|落と[しす]|止め|停止|終了|シャットダウン|off\\b|オフ|\\bstop(?:ped)?\\b|\\bdown\\b"
    "|kill)[^。を]{0,24}?"
    "(?:つけ|付け|入れ(?!替|換|か)|上げ(?!る値)|(?<!再)起動|立ち?上げ|開始|起こし|再開|投入|(?:また|再度"
    "|再び)動かし|\\bon\\b|オン"
    "|\\bstart(?:ed)?\\b|\\bup\\b)"
    "(?:し?(?:なお|な?直)し?)?[ぁ-ん]{0,4}",
    re.I,
)
# 落ちていたので上げた: raised from where it lay, unless it is a figure that was raised.
_RAISED = compile_words("(?:を|ので|手で|手動で|てから)[、 ]?(?:手で|手動で)?(?:上げ|つけ)[たてま]|を起こし[たてま]")
_FIGURE = compile_words(
    "[0-9]|上限|下限|値|率|数|メモリ|版|バージョン|ver|優先|レベル|スペック|サイズ|時間|性能|容量|権限|スロット|声",
    re.I,
)
_STOPPED = compile_words(
    f"{_MACHINE}[^。、]{{0,12}}?(?:強制)?(?:停止|終了|シャットダウン|落とす|落とし)(?:[^ぁ-ん]|し(?!て(?:い"
    f"|お))|す|\\Z)"
)
_RERUN = compile_words(
    "再実行|流し直|やり直|(?:再度|もう[一1]度|再び)[^。、]{0,6}(?:実行|流)|(?:止まっていた|止まっている"
    "|残っていた|未実行の|溜まっていた|たまっていた)[^。、を]{0,10}(?:ジョブ|バッチ|処理|キュー)を(?:流|実行"
    "|消化|再開|回)[ぁ-ん]*|叩き直|\\bre-?ran\\b|\\bre-?run\\b",
    re.I,
)
_COUNTED = compile_words("[0-9]\\s*(?:件|通|行|伝票|注文|レコード|sku)")

_NOT_A_RESTART = compile_words(
    "(?:再起動|リブート|リスタート|再始動)(?:なし|無し|せず|不要|は?しない|しても(?!ら)|では|でも|だけでは"
    "|で(?:直|復旧し|解消し|治)(?:ら|な)|したが"
    "|したものの|後も|は(?:せず|効か|不要)|を(?:避け|防|止め|試みた(?:が|もの))|時)|リスタートせず"
    "|(?:再起動|リブート|リスタート)[^。、]{0,6}?\\s*(?:→|->|⇒|:|が|も|は|、)?\\s*(?:効果|変化|改善|進展"
    "|効き目|意味)(?:は|が|も)?(?:な[しいくか]|無|あり?ません|見られ)"
    "|(?:再起動|リブート|リスタート)[^。、]{0,4}\\s*(?:→|->|⇒|:)\\s*(?:効かず|変わらず|直らず|だめ|ダメ|同じ)"
    "|\\b(?:restart|reboot|bounc)\\w*\\b[^.;]{0,30}\\b(?:no effect|without luck|no luck|in vain|to no avail"
    "|no change|did n[o']t help|didn't help)"
    "|(?:再起動|リブート)の(?:スケジュール|自動化|仕組み|ジョブ|タスク)"
    "|without (?:a )?restart"
    "|restart(?:ing)? (?:did|does) ?n[o']t",
    re.I,
)
# Nouns that become verbs with する; in a name (更新バッチ, 取込ワーカー) they change nothing.
_DOES = "(?:を?(?:し|す|行|実施|済|完了|いたし)|で(?:復旧|解消|回復|対応|解決)|により|によって|後|\\s*\\Z|[、。)\\]])"
_CHANGE = compile_words(
    "(?:修正|変更|追加|設定|削除|増強|増設|ロールバック|切替|適用|分離|更新|補正|再送|再計算|再投入"
    "|再取得|再取込|再発行|再作成|再構築|再配布|再配信|置換|交換|移行|移動|退避|無効化|有効化|解放|解除|除外"
    "|隔離|迂回|遮断|制限|拡張|拡大|縮小|調整|見直し|改修|改善|導入|実装|付与|剥奪|登録|復元|リストア|パージ"
    "|クリア|消去|掃除|整理|圧縮|最適化|チューニング|アップグレード|アップデート|ダウングレード"
    "|バージョンアップ|送付|送信|投入|配布|インストール|デプロイ|リリース|マージ|フェイルオーバー?|昇格"
    "|スケールアウト|スケールアップ|クレンジング|訂正|返金|キャンセル|停止(?!していた?[^る]"
    "|した(?=[一-龠ァ-ヶa-z\\x00]))|外部化|共通化"
    "|固定|切断|指定|統一|再設定|再登録|手配|増量|停止させ)"
    + _DOES
    + "|増や|減ら|[延伸]ば[しす]|ずら[しす]|早め[たて]|遅らせ|緩め"
    "|引き?上げ|引き?下げ|[をに](?:上げ|下げ)[たてま]|広げ|縮め|切り?戻|切り?替え|置き換|戻し|戻す"
    "|差し?替え|入れ?替え|移し|直し|直す|作り直|書き?換え|書き?直|外し|外す|[りけせえちしみび]替え"
    "|付け[たてま]|(?<!解)消し|空け"
    "|[にを](?:替|換|変)え|開け[たて]|閉じ|絞|止め(?!て(?:から)?(?:上|起|再))|張り直|つなぎ直|貼り替|取り?込ん"
    "|取り?込み直"
    "|(?:新しい|新品|別|予備|他)[^。、をがは]{0,8}に(?:し[たて、]|しまし|かえ)"
    "|を[^。、を\\x00]{1,14}(?<!オフ)(?<!オン)(?<!停止)(?<!off)(?<!参考)(?<!確実)にし[てたま、]"
    "|動かし|寄せ[てた、]|向け[てた直、]|載せ|割り当て|振り分け|組み?込|足し|加え|[をに]入れ[たて、。]|入れ、"
    "|当て[たて]|回し[たて]"
    "|\\bwith (?:the |a )?new\\b|\\b(?:fix|chang|add|set|increas|rais|lower|remov|delet|roll(?:ed"
    "|ing)?\\b.{0,30}?\\bback|revert|patch|updat"
    "|upgrad"
    "|switch|replac|disabl|enabl|appl|configur|rewr|mov|migrat|scal|clean|clear|purg|renew|rotat|correct"
    "|modif|introduc|tun|reduc|resiz|extend|expand|fail(?:ed)? ?over|restor(?:ed|ing) (?:the )?(?:data|backup"
    "|from)|rebuil|re-?queu|block|limit|split|isolat|drain|promot|merg|ship|deploy|re-?mount|re-?point|point|pin"
    "|re-?rout|re-?index|re-?creat|re-?stor|copi|truncat|prun|free|rais)(?:e?d|ing|ped"
    "|ting|ted|ied|ote)?\\b",
    re.I,
)
_GAP = "\x00"  # stands where something was taken out: what is on either side of it does not meet
# A clause that the brackets behind it explain: 全台を入れ直した（stop → start）.
_EXPLAINED = compile_words(
    "[^()。、]{0,40}?(?:(?:入れ|立て|上げ|かけ|やり|作り)(?:直|なお)|おろし|下ろし|落とし|上げ下げ|復旧|対応"
    "|処置|リフレッシュ)[^()。、]{0,10}"
    "[(](?P<how>(?:再?起動|リスタート|リブート|re(?:start|boot)|stop|start|停止|開始|終了|off|on|電源|を?し"
    "|のみ|だけ|後に?|[\\s→⇒・/、>-])+)[)]",
    re.I,
)
# Put up anew as it was: コンテナを入れ替えた（同じイメージ）.
_SAME = compile_words(
    "[^()。、]{0,24}?(?:入れ替え|作り直|再作成|立て直|入れ直)[^()。、]{0,6}[(](?:同じ|同一)[^()、]{1,10}[)]"
)
_HELPED = compile_words(
    "\\b(?:backlogs?|queues?|errors?|latency|rates?|alerts?|alarms?|graphs?|traffic|memory|load|cpu|usage|lag"
    "|length|count|numbers?|depth|it|everything|things)"
    "(?: \\w+){0,2}? (?:drained|dropped|cleared|fell|climbed|decreased|declined|settled|ceased|subsided"
    "|vanished|disappeared|calmed|improved|eased|went|came|returned|recovered|stopped|resumed)\\b[^.;]*|"
    "\\b(?:fix|resolv|clear|correct)(?:e[ds]|ed|ing)? (?:it|this|the (?:issue|problem|error|incident))\\b"
    "|\\b(?:verified|confirmed|checked|watched|saw|monitored)\\b.*"
    "|\\b(?:the|a|an|core|edge|network) switch(?:es)?\\b",  # the machine
    re.I,
)
# Told around a restart and no part of it: keeping evidence, giving notice, getting leave, looking,
# letting time pass, and what users did once it was back.
_NARRATED = compile_words(
    "(?:ログ|ダンプ|スクリーンショット|画面|写真|証跡|バックアップ|スナップショット|エラー内容"
    "|メッセージ)(?:一式|など)?[をの][^。、を]{0,8}?"
    "(?:退避|保存|取得|採取|添付|回収|撮|残し|控え|コピー|確保|保全|取[っりる]|採[っりる])[ぁ-ん]*"
    "|(?:チケット|ステータスページ|掲示板?|お知らせ|告知|アナウンス|案内|報告書?|第[一二三0-9]報|チャンネル"
    "|スレッド|日誌|議事録|台帳|wiki)"
    "(?:を|に|へ|で|の)[^。、]{0,12}?(?:更新|掲載|変更|掲示|出[しす]|送付|投稿|作成|作っ|立て|書[いき]|追記"
    "|貼[っりる]|残[しす]|登録|起票|記入|切[っりる])[ぁ-ん]*"
    "|(?:連絡|了解|承認|許可|了承|同意|合意|電話|指示|判断|返事|確認)[をが][^。、を]{0,4}?(?:取[っりれる]|得"
    "|もら|入れ|受け|掛け|かけ|切[っりる]|仰|出[しす])[ぁ-ん]*"
    "|(?:画面|コンソール|ログ|一覧|グラフ|メトリクス|ダッシュボード)を[^。、]{0,4}?(?:開[いき]|見|眺め"
    "|追[いっう]|調べ|読[みん])[ぁ-ん]*"
    "|(?:[Ll][Bb]|ロードバランサー?|振り分け先?|ローテーション|クラスタ)(?:から|に"
    "|へ)(?:一?台ずつ)?[^。、を]{0,4}?(?:外|切り離|抜|戻|組み込|組み入れ)[ぁ-ん]*"
    "|(?:ラック|扉|ドア|蓋|ふた|カバー|筐体|盤|鍵)を[^。、]{0,4}?開[けい][ぁ-ん]*"
    "|(?:時間|間|しばらく|[0-9]+\\s*(?:分|秒))(?:を)?(?:ほど|程度|くらい)?(?:置[いき]|おい|おき|空け|開け|あけ)[ぁ-ん]*"
    "|\\b(?:updat|post|edit|refresh)\\w* (?:an? |the )?"
    "(?:update|status|ticket|channel|thread|incident|banner|notice)\\b[\\w ]*"
    "|(?:再ログイン|ログインし|サインインし|アクセスし|開き|読み込み|表示し|掛け|かけ|入り)直[しす][ぁ-ん]*"
    "|再ログイン[ぁ-ん]*"
)
_KILLS = compile_words(
    "(?:クエリ|セッション|トランザクション|コネクション|query|session|transaction)[^。]{0,12}kill"
    "|kill(?:ed)? the (?:query|session)",
    re.I,
)
# Something was done to something: a change, unless the verb brings nothing back.
_ACTED = compile_words(
    "を\\s*+(?:手動で|手で|遠隔で|順に|[0-9一]台ずつ)?+\\s*+(?!し|す|行|おこな|実施|実行|かけ|確認|確かめ|連絡"
    "|報告|監視|案内|周知|共有|待|見|観察|採取|取得|保存"
    "|調査|依頼|検知|把握|アナウンス|告知|クローズ|終|完了|復旧|回復|起票|受け|続け|開始|経過|チェック|お詫び"
    "|記録|得|図|試|検討|予定|特定|切り分け|再開|起動|立ち?上げ|起こ|呼|眺|聞|頼|願|伝|経|挟|発行|押|対応|謝罪"
    "|説明|通知|通報|相談|解析|分析|検証|招集|測定|参照|閲覧|受領|目視|照会|問い?合|尋ね|打診|指示|要請|探|追"
    "|疑|添付|継続|続行|待機|引き継|交代|[\\s\\x00]|\\Z)"
    "(?:[^ぁ-ん、。\\s\\x00]{1,8}[ぁ-ん]{0,4}(?:た|だ|て|で)"
    "|[^ぁ-ん、。\\s\\x00]{1,8}[ぁ-ん]?[りきしみびぎえけせてべめれげち][、,]|[一-龠]{2}(?=[。.、,]|\\Z)|ずら"
    "|やめ|もど|かえ|ふや|へら"
    "|つな|あけ|はず|つけ)"
)
_UNDONE = compile_words("[^\\s、。をはがに]{1,12}\\s?せず(?:に)?")
# Any other English verb in the past is a deed, unless it tells how things went.
_ENGLISH_DEED = compile_words(
    "\\b(?!(?:confirm|verifi|check|recover|resum|return|notifi|report|monitor|watch|observ|reconnect|resolv|fix|clear"
    "|escalat|wait|work|help|us|need|start|stopp|happen|seem|stabili[sz]|normali[sz]|affect|fail|crash|inform|ask|call"
    "|investigat|look|tri|notic|finish|complet|reach|pass|continu|clos|receiv|detect|alert|pag|logg|bas|test|end|remain"
    "|requir|succe|hop|caus|occurr|restor|serv|repeat|connect|load|turn|power|back|kill|kick|hang|hand|post"
    "|announc|shar|attach|collect|captur|sav|join|arriv|record|document|agre|decid|appear|stay|messag|phon"
    "|apologi[sz]|thank"
    "|updat)ed\\b)[a-z]{2,}ed\\b",
    re.I,
)
_CODE_VERB = compile_words(
    "\\b(?:alter|create|drop|insert|update|delete from|git|helm|terraform|apply|patch|pull|chmod|chown|rm|mv|cp"
    "|sed|vim?|certbot|openssl|aws|gcloud)\\b",
    re.I,
)


@lru_cache(maxsize=256)  # a claim is asked about by its role and by its neighbours
def read_deeds(text: str) -> frozenset[FixDeed]:
    """All that the clauses of one folded claim did."""
    text = to_plain_form(text)
    if _NOT_A_RESTART.search(text):
        # 再起動なしで設定を反映: whatever was done, it was not a restart that helped.
        return frozenset({FixDeed.CHANGE})
    if _KILLS.search(text):
        return frozenset({FixDeed.CHANGE, FixDeed.RESTART})
    found: set[FixDeed] = set()
    rest = _without(text, found)
    if _RERUN.search(rest):
        found.add(FixDeed.CHANGE if _COUNTED.search(rest) else FixDeed.RERUN)
        rest = _RERUN.sub(_GAP, rest)
    if _STOPPED.search(rest):
        found.add(FixDeed.STOP)
        rest = _STOPPED.sub(_GAP, rest)
    if {FixDeed.STOP, FixDeed.RERUN} <= found:
        found.add(FixDeed.RESTART)
    rest = _HELPED.sub(_GAP, rest)
    rest = _UNDONE.sub(_GAP, _NARRATED.sub(_GAP, rest))
    if _CHANGE.search(rest) or _ENGLISH_DEED.search(rest) or _ACTED.search(rest):
        found.add(FixDeed.CHANGE)
    return frozenset(found or {FixDeed.NEUTRAL})


def _without(text: str, found: set[FixDeed]) -> str:
    """The text without what only starts the same thing again; notes in `found` that there was some."""
    rest = text
    if same := _SAME.search(text):
        rest = rest.replace(same[0], _GAP)
    for explained in _EXPLAINED.finditer(text):
        if _AGAIN.search(explained["how"]) or _OFF_ON.search(explained["how"]):
            rest = rest.replace(explained[0], _GAP)
    if _POWER.search(rest) and not _OTHER_ONE.search(rest):
        rest = _HAND.sub(_GAP, _POWER.sub(_GAP, rest))
    rest = _OFF_ON.sub(_GAP, rest) if not _OTHER_ONE.search(rest) else rest
    rest = _AGAIN.sub(_GAP, rest)
    if not _DATA.search(rest):
        rest = _RESET.sub(_GAP, rest)
    if not _FIGURE.search(rest):
        rest = _RAISED.sub(_GAP, rest)
    if rest != text:
        found.add(FixDeed.RESTART)
    return rest


def read_code_deeds(text: str) -> frozenset[FixDeed]:
    """What a pasted command did; output and logs did nothing."""
    if _CODE_VERB.search(text):
        return frozenset({FixDeed.CHANGE})
    return frozenset({FixDeed.RESTART if _AGAIN.search(text) or _OFF_ON.search(text) else FixDeed.NEUTRAL})


def list_deeds(text: str) -> list[FixDeed]:
    """What one claim did, taken alone: stopping something or running it again is a change then."""
    found = read_deeds(text)
    if FixDeed.RESTART not in found and found & {FixDeed.STOP, FixDeed.RERUN}:
        return [FixDeed.CHANGE]
    return [deed for deed in (FixDeed.CHANGE, FixDeed.RESTART) if deed in found] or [FixDeed.NEUTRAL]
