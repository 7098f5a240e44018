"""What people write into a ticket when its work is over, when it is not, and when they only thank.

Matched against one folded sentence in plain forms (`kb.text.polite`). What says that the work
is over ends a sentence; what says that it goes on may stand anywhere in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.reading.tickets.state import NoteMeaning
from kb.text.fold import fold_text
from kb.text.patterns import compile_words
from kb.text.polite import to_plain_form

_END = "(?:です|だ|である|でした|だった|ます|ね|よ|な)?[ぁ-ん]{0,1}[\\s。.!！、)）]*\\Z"
_WORK = (
    "(?:対応|対処|処置|修正|改修|解決|リリース|反映|適用|デプロイ|実施|変更|更新|削除|追加|設定|付与|移行|交換"
    "|入れ替え"
    "|復旧|導入|公開|納品|検収|解消|登録|配布|展開|発行|切り?替え|作業|処理|停止|撤去|設置|更改|改訂|本番)"
)
_PAST = (
    "(?:し(?:まし)?た|して(?:い(?:る|ます|た|ました)|ます|る)|され(?:まし)?た"
    "|いたし(?:まし)?た|になりました|となりました)"
)
_GOOD = "(?:良い|よい|いい|良さそう|よさそう|よろしい|構わない|構いません|大丈夫|結構|問題ない|問題ありません)"
_THINKS = "(?:(?:です|だ|か)?と(?:思い?(?:ます|う|っています)|考えます|のこと(?:です|でした)|判断し[^。]{0,6}))?"

# -- over ----------------------------------------------------------------------------------------

_CLOSING = (
    "(?:クローズ(?:に|と|を)?|(?:終了|完了)(?:に|と))(?:し|させて)(?:ます|ました|た|て(?:おき)?(?:ます|ました)"
    "|て(?:下さい|ください))|(?:クローズ|終了|完了)(?:(?:と)?する|して(?:下さい|ください)|(?:を"
    "|で)?(?:お)?願い(?:し)?ます"
    f"|(?:可|OK|オーケー)(?:能)?|(?:にし|し)?(?:て|で)(?:も)?{_GOOD}{_THINKS}|扱い(?:で|に|と)[^。]{{0,12}})"
    "|(?:閉じ|close\\s*し)(?:ます|ました|た|る|ておき(?:ます|ました)|て(?:下さい|ください)"
    f"|て(?:も)?{_GOOD}{_THINKS}|てもらって[^。]{{0,8}})"
    "|(?:これで|以上で|こちらで|本件(?:は|も)?)[、\\s]*(?:終わり|おしまい|終了|完了|クローズ)(?:に|と)?(?:し(?:ます"
    "|ました))?"
    "|(?:ステータス|状態)を[「『\\[]?(?:解決|完了|終了|クローズ|済み?)[」』\\]]?(?:に|へ)(?:変更|し)[^。]{0,6}"
    "|(?:ため|ので)[、\\s]*(?:クローズ|終了|完了)"
    "|取り?下げ(?:ます|ました|る|た)"
)
_OVER = (
    "(?:対応|対処|処置|改修|修正)し(?:まし)?た|(?<![ぁ-んァ-ヶ一-龠])(?:を|も|は|\\A)?(?<![けしれえきり])(?:直"
    "|治)しました"
    f"|(?:対応|作業)は(?:これで)?以上|(?:完了|完成|終了){_PAST}?|(?:すべて|全て|全部|作業|対応|いずれも|とも"
    f"|以上)[^。、]{{0,4}}(?:完了|終了)"
    f"|(?:(?<!依頼)(?<!発注)(?<!申請)(?<!連絡)(?<!報告)(?<!相談)(?<!共有)(?<!送付)(?<!起票)){_WORK}(?:は|を|が|も"
    f"|とも)?\\s*(?:完了|済み?|ずみ)(?:です|しました|しています)?"
    "|(?:に|へ|を|は|が|も|で|\\A)?(?:無事|すべて|全て|全部)?(?:終わ(?:りました|った|ってい(?:る|ます)|っています)"
    "|終え(?:ました|た)"
    "|(?:対応|作業)?おわり(?:ました)?|片付(?:きました|いた)|済(?:みました|んだ|んでい(?:る|ます))|やり終え(?:ました"
    "|た))"
    "|(?:問題なく|無事)[^。]{0,8}(?:完了|終了|終わ)[^。]{0,6}"
)
_MENDED = (
    "(?:直り|治り)(?:ました|まし)|(?:直|治)った(?:ようです)?"
    f"|(?:解決|解消|復旧|回復|完治)(?:を確認(?:し(?:まし)?た)?|{_PAST}|済み?)"
    "|(?:直っ|治っ|動い|解消し|解決し|復旧し|回復し|正常な|問題(?:が)?ない)た?(?:こと|の)を(?:確認|確かめ)[^。]{0,6}"
    "|再現(?:し(?:なくなりました|なくなった|ません(?:でした)?|ない)|せず|なし)"
    "|再発(?:は|も)?(?:なし|していない|していません|しておらず|しません|せず|ありません|しなくなりました)"
    "|(?:再発|再現|発生)し(?:ない|なくなった|ていない)ことを(?:確認|確かめ)[^。]{0,6}"
    "|(?:起き|出|落ち|止まら|発生し)(?:て(?:い)?(?:ない|ません)|なく(?:なりました|なった)|なくなっています)"
    "|正常に(?:戻|動作|稼働|動い|流れ|表示|処理|利用|使え|終了|完了)[^。]{0,24}(?:ました|います|た|る|ます|済み)"
    "|(?:動作|稼働|表示|送信|受信|疎通|ログイン)[^。、]{0,14}(?:を|は|も)?(?:確認(?:済み?|し(?:まし)?た)|OK"
    "|問題(?:なし|ない|ありません))"
    "|(?:使え|見え|開け|送れ|ログインでき|アクセスでき)る?ようにな(?:りました|った)"
)
_SHIPPED = (
    f"(?:カットオーバー|本稼働(?:を|に)?(?:開始|移行)?|リリース|デプロイ|公開|納品|本番(?:反映|適用|リリース|投入"
    f"|移行)){_PAST}"
    "|本番(?:環境)?(?:に|へ|にも)(?:反映|適用|リリース|デプロイ|投入|入り|載|乗|入れ)[^。]{0,8}(?:ました|した|済み?)"
)
_NEEDLESS = (
    "(?:対応|作業|修正|処置|本件|チケット)(?:は|も|の必要は)?\\s*(?:不要|いら(?:ない|なく)|なくな)[^。]{0,10}"
    "|不要(?:に|と)な(?:りました|った)|(?:対応|修正)(?:は)?(?:し(?:ない|ません)|見送り?)(?:こと)?[^。]{0,8}"
)
WORK_OVER = compile_words(f"(?:{_CLOSING}|{_OVER}|{_MENDED}|{_SHIPPED}|{_NEEDLESS}){_END}", re.I)
WORK_CLOSING = compile_words(f"(?:{_CLOSING}){_END}", re.I)

WORK_OVER_ENGLISH = compile_words(
    "\\A(?:all |it'?s |this is |now )?(?:done|fixed|resolved|completed?|finished|closed|closing|shipped|deployed"
    "|released"
    "|solved|merged and deployed)\\b"
    "|\\b(?:has|have) (?:now )?been (?:fixed|resolved|completed|migrated|done|deployed|released|closed|updated"
    "|replaced"
    "|removed|applied)\\b"
    "|\\b(?:is|are|was|were) (?:now )?(?:fixed|resolved|completed?|done|deployed|released|solved)\\b"
    "|\\bwork(?:s|ing)(?: \\w+)? (?:now|again)\\b|\\bno longer (?:\\w+ )?(?:reproduc|happen|occur|see|fail|an issue)"
    "|\\bnothing (?:is )?left\\b|\\b(?:can|may|could) (?:be closed|close (?:it|this))\\b"
    "|\\bplease close\\b|\\b(?:ok|good|safe) to close\\b|\\bclosing (?:this|it|the|as)\\b|\\bi(?:'m| am|'ll"
    "| will) close\\b"
    "|\\bclosing\\.?\\Z|\\bproblem (?:is )?(?:gone|solved)\\b|\\b(?:not needed|obsolete) (?:any ?more|now)\\b",
    re.I,
)

# A deed that may have been all the work, or a part of it.
WORK_DONE = compile_words(
    "(?:(?<!引き)(?:入れ|出し|直し|移し|消し|付け|足し|替え|変え|差し替え|立て|流し|上げ|下げ|戻し|止め|外し|閉じ"
    "|整え|載せ|渡し|張り|配り|つなぎ"
    "|入れ直し|付け直し|流し直し|加え)"
    "|(?:発行|設定|作成|登録|削除|変更|更新|追加|付与|交換|実施|導入|停止|固定|再起動|切り?替え|調整|展開|配布|適用"
    "|反映|移行|設置|撤去|増設|更改"
    "|無効化|有効化|解除|許可|払い出し|アップデート|インストール|マージ|リストア)(?:を|は)?(?:し|され))"
    "(?:て(?:い|あり|おき)ます|ておきました|(?:まし)?た)[\\s。.!]*\\Z"
    "|(?:動い|つながっ|稼働し|取れ|届い)て(?:い)?ます[\\s。.]*\\Z|つながりました[\\s。.]*\\Z|(?:停止|リリース|追加"
    "|削除|変更)[。\\s]*\\Z"
    "|\\b(?:added|changed|updated|removed|replaced|created|restarted|enabled|disabled|installed|merged)\\b",
    re.I,
)

# What is over there is a step, a place to try things, or another matter.
INTERIM_STEP = compile_words(
    "(?:暫定|仮|一次|応急)(?:の|的な?)?(?:対応|対処|処置|復旧|回避)|"
    "(?:バックアップ|ダンプ|取得|準備|調査|解析|分析|見積もり?|設計|要件|環境の?(?:構築|用意)|検証環境|ステージング"
    "|テスト環境"
    "|開発環境|レビュー|棚卸し?|洗い出し|ヒアリング|申請|発注|依頼|手配|連絡|起票|フェーズ|第[一二三1-9]"
    "|[1-9]\\s*次|前半|仮|暫定"
    "|一次|打ち合わせ|会議|引き?継ぎ|再起動)[^、。]{0,12}(?:完了|済|終わ|終え|リリース|デプロイ|反映|おわり)"
    "|\\b(?:staging|backup|investigation|analysis|review|draft|dump)\\b",
    re.I,
)
ELSEWHERE = compile_words(
    "(?:関連|別|他|ほか|以前|過去|前回|昨年|去年|先週|類似|同様|参考|親|子)(?:の|する|に|は)?[^。]{0,20}(?:チケット"
    "|件|#[0-9]+|障害|対応|ときは|時は)"
    "|\\A(?:参考|cf)[:\\s]|(?:前回|昨年|去年|以前)は"
    "|#[0-9]+\\s*(?:は|も|が|の(?:件|ほう|方|対応)は)|\\b(?:similar|another|other|related|previous) (?:ticket|issue"
    "|bug|one)\\b"
    "|\\blast (?:year|time)\\b",
    re.I,
)
UNSURE = compile_words(
    "もし|(?:場合|際|とき)(?:は|に|には)|(?:した|終わっ|直っ|済ん)(?:たら|だら|てから)|(?:し|でき|終わり|決まり"
    "|届き)次第|たら"
    "|(?:する|した|しない)?はず(?:です|だ|$)|かもしれ|でしょうか|だろうか|ようです\\Z|気がし|つもり|予定|見込み"
    "|見通し|目標|条件|基準|予防"
    "|\\b(?:if|when|once|until|before|should|would|could|might|may|let me know)\\b",
    re.I,
)
ASKS = compile_words(
    "[?？]\\s*\\Z|(?:ます|です|でしょう|ません|ました|でした|る|た|ない)か(?:ね|な)?[\\s。.]*\\Z"
    "|\\A(?:can|could|would|is|are|was|did|does|do|has|have|when|what|why|who|how|any)\\b.*\\?",
    re.I,
)
WISHES = compile_words(
    "(?:下さい|ください|願い(?:し)?(?:ます|たい)|いただけ(?:ます|ない|れば)|もらえ(?:ます|ない)|たい(?:です|と思"
    "|の)|ほしい|欲しい)[^。]{0,8}\\Z"
    "|\\bplease\\b",
    re.I,
)

# -- not over ------------------------------------------------------------------------------------

_AGAIN = (
    "再発(?:し(?:まし)?た|して(?:い(?:る|ます)|ます|る)|しています|が(?:あ|確認|見ら)|を確認(?!し?な))"
    "|再現(?:し(?:ます|ました|た|てい(?:る|ます))|する(?!か|手順|条件|方法)|でき(?:ます|ました))"
    "|再燃|ぶり返"
    "|(?:エラー|アラート|例外|警告|遅延|タイムアウト|不具合|現象|症状)[がはも][^。、]{0,6}(?:(?:出|起き|発生し|続い"
    "|鳴っ)て(?:い)?(?:る|ます)|出ます|起きます)"
    "|(?:ましたが|たが|ものの|けど|ですが)[、,]?[^。]{0,24}(?:止まり|止まっ|落ち(?!着)|失敗|エラー|遅く|足り(?:な"
    "|ま)|だめ|ダメ|漏れ|無理)"
    "|再(?:度|び)(?:発生|出|落ち|起き|止ま|失敗|同じ)|再オープン|差し?戻(?:し|す)|開き直し"
    "|(?:また|今朝も|今日も|本日も|昨夜も|昨日も|先ほども)[^。、]{0,16}(?:出|起き|起こ|発生|落ち|止ま|失敗|同じ"
    "|だめ|ダメ|なっ)"
    "|同じ(?:事象|エラー|現象|症状|問題|障害|時刻|時間|ところ|箇所|状態)[^。、]{0,14}(?:出|起き|発生|落ち|止ま|失敗"
    "|なり|なっ|続い)"
    "|(?:した|入れた|試した)ところ[、,]?[^。]{0,30}(?:エラー|失敗|不具合|(?<!の)問題が|動かな|直ら|変わら|だめ|ダメ)"
)
_STILL = (
    "(?:まだ|未だ|いまだ|依然)(?![^。]{0,12}(?:再発|再現|発生|起き|出)[ぁ-ん]{0,4}(?:ない|ません|ず))"
    "|未(?:対応|着手|完了?|了|実施|反映|解決|リリース|適用|検証|設定|修正|決|定|済|回答|承認|作成|納品|配布"
    "|検収)(?!の場合|分を|率|者)"
    "|(?:対応|作業|調査|検証|検討|修正|実装|調整|準備|依頼|申請|手配|待機|交渉|進行|開発|レビュー|テスト|移行|協議"
    "|継続|改修)中"
    "(?=です|と|だ|[\\s、。,.)）]|\\Z)"
    "|(?:返事|回答|返信|確認|検収|承認|入荷|連絡|納品|対応|リリース|反映|レビュー|判断|結果|作業|到着|返答|決裁"
    "|許可)待ち"
    "|(?!稼働|運用|適用|動作|公開|使用|利用|発売|監視|運転|途)[一-龠ァ-ヶー]{2}中(?:です|だ)?[\\s。.]*\\Z|下書き中"
    "|これから(?:です)?[\\s。.]*\\Z"
    "|(?:続い|残し)て(?:い)?(?:る|ます)|以外は|止まって(?:い)?(?:る|ます)|試して(?:い)?(?:る|ます)|ほぼ(?:終|完|済)"
    "|は(?:明日|明後日|来週|来月|後日|あと(?:で|ほど|日)?|別途|今夜)(?:です|やります)?[\\s。.]*\\Z"
    "|\\Aあと[^。]{1,8}[。\\s]*\\Z"
    "|(?<!順番)(?<!空き)(?<!応答)(?<!入力)(?<!接続)(?<!処理)待ち(?:中|です|の状態)?[。\\s]*\\Z"
    "|待ち(?:です|の状態|となって|で、)|を待(?:って(?:い|ます|る)|ちます)|(?:回答|連絡|返事|返信|部材"
    "|部品)[^。、]{0,6}(?:届いて|来て|もらえて)い?(?:ない|ません)"
    "|保留(?:に|と|中|です|\\Z)|ペンディング|棚上げ|延期(?:し|と|に|です|\\Z)|途中(?:です|\\Z)"
    "|様子(?:を)?見(?:ます|る|て|よう|ましょう|と|です|で|し|[\\s。]*\\Z)|静観|経過観察"
)
_FAILED = (
    "(?:直|治|終わ)って(?:い)?(?:な|ま)(?:い|せん|かった)(?:でした)?|(?:直|治)ら(?:ない|ず|なかった)|直りません"
    "|(?:解決|解消|改善|対応|完了|復旧|実施|着手|反映)(?:は|が|も)?(?:でき|し|され)?(?:て(?:い)?)?(?:ませんでした"
    "|ません|ない(?!こと)|なかった|おらず|ず)"
    "|せず[^。]{0,8}(?:継続|残)"
    "|うまく(?:い[かき]|動[かき]|行[かき])(?:な|ま|ず)|効果(?:が|は)?(?:な|あり?ませ|見られ(?:な|ま))|変わら(?:ず"
    "|ない|なかった)|変わりません"
    "|漏れ(?:て(?:い)?(?:た|ました|る|ます)|がありました|があった)|忘れて(?:い)?(?:た|ました)"
    "|だめでした|ダメでした|失敗し(?:まし)?た"
)
_GOES_ON = (
    "引き?続き(?!よろ|、?よろ|お?願)[^。]{0,12}(?:対応|調査|確認|作業|監視|検討|進め|見|当たり|試)"
    "|(?:調査|対応|作業|検証|監視|検討)(?:を|は)?(?:続け|継続)(?:ます|る|し)"
    "|(?:着手し|対応し|取り?掛かり)ます(?![^。]*済)"
    "|残(?:り(?:は|の|が|\\s?[0-9])|タスク|作業(?:は|が)|件(?:は|が)|課題|って(?:い)?(?:る|ます)|す(?:ところ|は))"
    "|半分(?:まで|だけ|ほど)|一部(?:の|で|だけ|のみ)[^。]{0,20}(?:まだ|ない|ません|ず|のみ|だけ|残)"
    "|あと\\s?[0-9一二三]+\\s?[台件社個本箇]"
    "|(?:進捗|達成)[^。]{0,8}(?<![0-9])[1-9]?[0-9]\\s?[%％]|(?:クローズ|閉じ|完了"
    "|終了)(?:に)?(?:は)?(?:し)?(?:ないで|ず|せず|待って)"
)
WORK_GOES_ON = compile_words(f"{_AGAIN}|{_STILL}|{_FAILED}|{_GOES_ON}", re.I)
WORK_GOES_ON_ENGLISH = compile_words(
    "\\bstill (?:happen|see|fail|occur|reproduc|broken|open|wait|not|an? |getting|need|have|there|the (?:same|case)"
    "|in )"
    "|\\bcan still\\b|\\b(?:is|was|are|has|have|does|did|do)(?:n'?t| not) (?:yet )?(?:been )?(?:fix|done|resolv"
    "|work|finish"
    "|complet|deploy|help|solv|ready)|\\bnot (?:yet )?(?:fixed|done|resolved|working|finished|complete|deployed"
    "|ready)"
    "|\\b(?:came|comes|come|is) back\\b|\\b(?:happen|occur|appear|fail|crash)\\w* again\\b|\\brecurr|\\breappear"
    "|\\breopen"
    "|\\bwaiting (?:for|on)\\b|\\bblocked (?:by|on)\\b|\\bin progress\\b|\\bworking on\\b|\\bpart(?:ially|ly)\\b"
    "|\\bhalf\\b"
    "|\\b(?:one|two|three|four|[0-9]+) more\\b|(?<!nothing )\\b(?:left|remaining) to\\b|\\bto go\\b|\\bon hold\\b"
    "|\\bpending\\b"
    "|\\bpostponed\\b|\\bdon'?t close\\b|\\bdo not close\\b|\\bwip\\b|\\bto-?do\\b"
    "|\\bno luck\\b|\\bsame (?:error|problem|issue)\\b|\\bkeeps? (?:failing|crashing|happening)\\b"
    "|\\bbut (?:it )?(?:is )?not\\b",
    re.I,
)

# -- thanks --------------------------------------------------------------------------------------

_KIND = (
    "ありがとう(?:ございま(?:す|した))?|有難うございま(?:す|した)|お?疲れ(?:さま|様)(?:です|でした)?|承知(?:(?:いた"
    "|致)?し(?:まし)?た|です)?"
    "|了解(?:です|(?:いた|致)?し(?:まし)?た)?|かしこまりました|畏まりました|わかりました|分かりました|助かり(?:ます"
    "|ました)|(?:よろしく)?お?願い(?:(?:いた|致)?し)?ます"
    "|(?:お?世話になって(?:い|お)ります)|(?:お?手数(?:を)?お?かけし[^。]{0,8})|すみません|失礼し(?:まし)?た"
    "|恐れ入ります"
    "|(?:内容|ご?連絡|ご?対応|ご?報告|ご?共有|ご?返信|ご?回答)?(?:を)?(?:確認|拝見|受領)(?:(?:いた"
    "|致)?し(?:まし)?た|です)?"
    "|(?:(?:great|nice|perfect|cool)[,!]? ?)?thanks?(?: (?:you|a lot|so much|again))?|thank you(?: (?:very"
    "|so) much)?|got it|ok(?:ay)?|understood|noted|cheers"
)
THANKS = re.compile(
    f"(?:(?:さっそく|早速|早急な?|迅速な?|ご)?(?:内容|対応|連絡|報告|共有|返信|回答|確認|協力|指摘)?(?:を|の"
    f"|に)?(?:して)?(?:いただき|頂き|下さり|くださり)?"
    f"(?:\\s|、|,|引き続き)*(?:{_KIND})[\\s、,。.!！~〜ー♪🙏😊👍🙇]*)+",
    re.I,
)


# What a note on a ticket says of its work: that it is over, that it goes on, thanks alone, or none of these.
#
# Read by sentences: quotes, code and addresses left out, humble forms made plain. A sentence says that the
# work is over by how it ends; one that asks, wishes, supposes, or speaks of a step or of another ticket
# says nothing. That something goes on outweighs what is over, unless the note closes the ticket after it.


MAX_NOTE = 4_000
"""Code points of a note that are read: what is longer is a log, and says what it says at its beginning."""

_ASIDE = re.compile(
    "<(pre|code|blockquote)\\b.*?(?:</\\1>|\\Z)|```.*?(?:```|\\Z)"
    "|(?m:^[ \\t]*>[^\\n]*$)|(?m:^bq\\.[^\\n]*$)|(?m:^[^\\n]{0,80}(?:書きました|wrote)[:：][ \\t]*$)|https?://\\S+"
    "|@[\\w-]+(?=\\s)|<!--.*?(?:-->|\\Z)",
    re.S | re.I,
)
_SENTENCES = re.compile("(?<=[。!！?？\\n])|(?<=[.;])\\s+(?=[A-Z])|(?<=[)）])\\s*\\n")
_BRACKET = re.compile("\\s*[(\\[][^()\\[\\]]*[)\\]][。.!\\s]*\\Z")
_TOLD = re.compile("(?:ので|ため|こと|旨)(?:を)?[、\\s]*(?:ご)?(?:報告|連絡|共有|お知らせ)[^。]{0,10}[。\\s]*\\Z")
_JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")
_LABEL = re.compile("\\A\\s*(?:[-*・■●◆#]+\\s*|[0-9]+[.)]\\s*)?")


def classify_note(note: str) -> NoteMeaning:
    """What a note says. An empty one says nothing."""
    said = [_sentence(each) for each in _sentences(note)]
    if not said:
        return NoteMeaning.NOTHING
    last = NoteMeaning.NOTHING
    for says, closes in said:
        outweighs = {
            NoteMeaning.STILL: True,
            NoteMeaning.FINISHED: closes or last is not NoteMeaning.STILL,
            NoteMeaning.DEED: last is NoteMeaning.NOTHING,
        }
        if outweighs.get(says):
            last = says
    if last is NoteMeaning.NOTHING and all(says is NoteMeaning.THANKS for says, _ in said):
        return NoteMeaning.THANKS
    return last


def find_unfinished_sentence(note: str) -> str:
    """The first sentence of a note that says the work goes on, as it is written; else its first line."""
    lines = [line.strip() for line in _SENTENCES.split(note[:MAX_NOTE].replace("\r\n", "\n")) if line.strip()]
    return next((line for line in lines if classify_note(line) is NoteMeaning.STILL), next(iter(lines), ""))


def _sentences(note: str) -> Iterator[str]:
    """The sentences of a note, folded."""
    text = fold_text(_ASIDE.sub("\n", note[:MAX_NOTE].replace("\r\n", "\n")))
    for line in _SENTENCES.split(text):
        sentence = _LABEL.sub("", line).strip()
        if sentence.strip("。.!?~-=* "):
            yield sentence


def _sentence(sentence: str) -> tuple[NoteMeaning, bool]:
    """What one sentence says, and whether it closes the ticket."""
    if THANKS.fullmatch(sentence):
        return NoteMeaning.THANKS, False
    sentence = to_plain_form(sentence)
    english = not _JAPANESE.search(sentence)
    if ASKS.search(sentence):
        return NoteMeaning.NOTHING, False
    bare = _TOLD.sub("", _BRACKET.sub("", sentence))
    closes = bool(WORK_CLOSING.search(bare))
    still = WORK_GOES_ON_ENGLISH if english else WORK_GOES_ON
    supposed = bool(UNSURE.search(sentence))
    if still.search(sentence) and not (supposed and not english and re.search("もし|場合|たら", sentence)):
        return (NoteMeaning.FINISHED, True) if closes and not _objects(sentence) else (NoteMeaning.STILL, False)
    if ELSEWHERE.search(sentence) and not closes:
        return NoteMeaning.NOTHING, False
    if closes:
        return NoteMeaning.FINISHED, True
    if supposed or INTERIM_STEP.search(sentence):
        return NoteMeaning.NOTHING, False
    if english:
        if WORK_OVER_ENGLISH.search(sentence):
            return NoteMeaning.FINISHED, False
        return (NoteMeaning.DEED if WORK_DONE.search(sentence) else NoteMeaning.NOTHING), False
    if WISHES.search(sentence):
        return NoteMeaning.NOTHING, False
    if WORK_OVER.search(bare):
        return NoteMeaning.FINISHED, False
    return (NoteMeaning.DEED if WORK_DONE.search(bare) else NoteMeaning.NOTHING), False


def _objects(sentence: str) -> bool:
    """Whether a sentence asks not to close."""
    return bool(re.search("ないで|ず|まだ|待って", sentence))
