"""Is a fix a restart and nothing else?

Each clause is read for its verb: *restart* (再起動, 上げ直し, rollout restart, starting what had
stopped), *neutral* (what does not bring a service back: confirming, telling, watching), or *change*
(anything else that was done). A fix of restarts and neutral clauses only is a restart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto

from kb.model import Confidence, Verdict
from kb.reading.claims import Claim
from kb.reading.verdicts import Judgement
from kb.reading.verdicts.placeholder import placeholder


class Deed(Enum):
    """What one clause of a fix did."""

    RESTART = auto()
    CHANGE = auto()
    NEUTRAL = auto()


_RESTART = re.compile(
    "再起動|再始動|再立ち?上げ|再度の?(?:立ち?上げ|起動)|リスタート|リブート|(?:立ち?上げ|起動し?|上げ|起こし"
    "|起動させ|再起)(?:な(?:お|直)|直)し?[ぁ-ん]?|上げ直|叩き起こ|たたき起こ"
    "|(?:落と|止め|停止|シャットダウン)(?:し|させ)?て?(?:から|後|し)?[、に]?(?:再度|もう[1一]度|再び)?(?:上げ"
    "|起動|立ち?上げ|開始)(?:直し)?"
    "|電源(?:を|の)?(?:入れ直|off|オフ|切|再投入|断)|電源[^。]{0,6}(?:on|off|入)|パワーサイクル"
    "|コールドブート|ハードリセット|リセットボタン"
    "|(?:プロセス|pod|ポッド|コンテナ|タスク|インスタンス)[^。、]{0,20}(?:kill|キル|落と|削除|作り直|再作成"
    "|再生成|入れ直|殺)|\\bkill(?:ed|all)?\\b|\\bpkill\\b"
    "|(?:サービス|プロセス|サーバー?|デーモン|ジョブ|アプリ|ワーカー?|コンテナ|バッチ|[a-z0-9_-]+)\\s*(?:を"
    "|の)?(?:手動で)?(?:再開|起動(?!時|設定|スクリプト|順|オプション|引数|しない|でき)|立ち?上げ"
    "|開始)(?:し?(?:なお|直)し?)?"
    "|\\bre-?(?:start|boot|launch|deploy)(?:ed|ing|s)?\\b|\\b(?:bounc|power-?cycl|recycl)(?:e|ed|ing)\\b"
    "|rollout restart[\\w ./=@:-]*|\\bup -d\\b|force-recreate|delete pods?|\\bdeleted? the pods?\\b"
    "|\\b(?:systemctl|service|supervisorctl|pm2|docker(?:[ -]compose)?|kubectl|sudo|initctl|rc-service"
    "|brew services)\\b.*\\b(?:re)?(?:start|boot|load)\\b[\\w ./=@:-]*|\\bturned? (?:it )?off and on\\b"
    "|\\bstarted (?:it|the \\w+) again\\b|\\b(?:brought|started) (?:it|the [\\w ]{1,20}) (?:back )?up\\b"
    "|(?:同じ|同一)(?:の)?(?:版|バージョン|イメージ|ビルド)[^。]{0,6}再?デプロイ|再デプロイ|リサイクル"
    "|(?:停止|stop)\\s*(?:・|→|/|と|、|後に?|して|and)\\s*(?:再?起動|開始|start)|電源を(?:落と|切)"
    "|\\bkick(?:ed|ing)?\\b|kubectl[\\w ./=@:-]*delete pods?[\\w ./=@:-]*",
    re.I,
)
_NOT_A_RESTART = re.compile(
    "再起動(?:なし|無し|せず|不要|しな|しても|では|でも|だけでは|で(?:直|復旧し|解消し|治)(?:ら|な)|したが"
    "|したものの|後も|を(?:避け|防|止め)|時)|リスタートせず|without (?:a )?restart|restart(?:ing)? (?:did"
    "|does) ?n[o']t",
    re.I,
)
# Nouns that become verbs with する; in a name (更新バッチ, 取込ワーカー) they change nothing.
_DOES = "(?:を?(?:し|す|行|実施|済|完了|いたし)|で(?:復旧|解消|回復|対応|解決)|により|によって|後|\\s*\\Z|[、。)\\]])"
_CHANGE = re.compile(
    "(?:修正|変更|追加|設定|削除|増強|増設|ロールバック|切替|適用|分離|更新|補正|再送|再計算|再投入|再実行"
    "|再取得|再取込|再発行|再作成|再構築|再配布|再配信|置換|交換|移行|移動|退避|無効化|有効化|解放|解除|除外"
    "|隔離|迂回|遮断|制限|拡張|拡大|縮小|調整|見直し|改修|改善|導入|実装|付与|剥奪|登録|復元|リストア|パージ"
    "|クリア|消去|掃除|整理|圧縮|最適化|チューニング|アップグレード|アップデート|ダウングレード"
    "|バージョンアップ|送付|送信|投入|配布|インストール|デプロイ|リリース|マージ|フェイルオーバー?|昇格"
    "|スケールアウト|スケールアップ|クレンジング|訂正|返金|キャンセル|停止(?!していた?[^る])|外部化|共通化"
    "|固定|指定|統一|再設定|再登録|手配|増量|停止させ)"
    + _DOES
    + "|増や|減ら|引き?上げ|引き?下げ|[をに](?:上げ|下げ)[たてま]|広げ|縮め|切り?戻|切り?替え|戻し|戻す"
    "|差し?替え|入れ?替え|移し|直し|直す|作り直|書き?換え|書き?直|外し|外す|付け[たてま]|消し|空け"
    "|開け[たて]|閉じ|絞|止め(?!て(?:から)?(?:上|起|再))|張り直|つなぎ直|貼り替|取り?込ん|取り?込み直"
    "|組み?込|足し|加え|[をに]入れ[たて、。]|入れ、|当て[たて]"
    "|\\b(?:fix|chang|add|set|increas|rais|lower|remov|delet|roll(?:ed)? ?back|revert|patch|updat|upgrad"
    "|switch|replac|disabl|enabl|appl|configur|rewr|mov|migrat|scal|clean|clear|purg|renew|rotat|correct"
    "|modif|introduc|tun|reduc|resiz|extend|expand|fail(?:ed)? ?over|restor(?:ed|ing) (?:the )?(?:data|backup"
    "|from)|rebuil|re-?run|re-?queu|block|limit|split|isolat|drain|promot|merg|ship|deploy)(?:e?d|ing|ped"
    "|ting|ted|ied|ote)?\\b",
    re.I,
)
_HELPED = re.compile(
    "\\b(?:fix|resolv|clear|correct)(?:e[ds]|ed|ing)? (?:it|this|the (?:issue|problem|error|incident))\\b", re.I
)
_KILLS = re.compile(
    "(?:クエリ|セッション|トランザクション|コネクション|query|session|transaction)[^。]{0,12}kill"
    "|kill(?:ed)? the (?:query|session)",
    re.I,
)
# Something was done to something: a change, unless the verb brings nothing back.
_ACTED = re.compile(
    "を\\s*(?!し|す|行|おこな|実施|実行|かけ|確認|連絡|報告|監視|案内|周知|共有|待|見|観察|採取|取得|保存"
    "|調査|依頼|検知|把握|アナウンス|告知|クローズ|終|完了|復旧|回復|起票|受け|続け|開始|経過|チェック|お詫び"
    "|記録|得|図|試|検討|予定|特定|切り分け|再開|起動|立ち?上げ|起こ|呼|\\s|\\Z)"
    "(?:[^ぁ-ん、。\\s]{1,8}[ぁ-ん]{0,4}(?:た|だ|て|で)|ずら|やめ|もど|かえ|ふや|へら|つな|あけ|はず|つけ)"
)
_CODE_VERB = re.compile(
    "\\b(?:alter|create|drop|insert|update|delete from|git|helm|terraform|apply|patch|chmod|chown|rm|mv|cp"
    "|sed|vim?|certbot|openssl|aws|gcloud)\\b",
    re.I,
)


def deeds(text: str) -> list[Deed]:
    """What the clauses of one folded claim did."""
    if _NOT_A_RESTART.search(text):
        # 再起動なしで設定を反映: whatever was done, it was not a restart that helped.
        return [Deed.CHANGE]
    whole = _HELPED.sub(" ", _RESTART.sub(" ", text))
    if _KILLS.search(text) or _CHANGE.search(whole) or _ACTED.search(whole):
        return [Deed.CHANGE, *([Deed.RESTART] if whole != text else [])]
    return [Deed.RESTART if whole != text else Deed.NEUTRAL]


def judge_fix(fix: Sequence[Claim], permanent: Sequence[Claim], measures: bool) -> Judgement:
    """The verdict on how service came back, over the fix and its temporary part.

    `permanent` are the claims of a permanent fix; `measures` says that prevention names something
    concrete, in which case a bare restart is a matter of taste and reported with low confidence.
    """
    if not fix and not permanent:
        return Judgement(Verdict.EMPTY, None, "empty")
    named = [claim for claim in permanent if not placeholder(claim.text)]
    done = [(claim, deed) for claim in fix for deed in _deeds(claim)]
    restarts = [claim for claim, deed in done if deed is Deed.RESTART]
    if restarts and not any(deed is Deed.CHANGE for _, deed in done):
        lasting = [claim for claim in named if any(deed is not Deed.RESTART for deed in _deeds(claim))]
        if not lasting:
            sure = Confidence.LOW if measures else Confidence.HIGH
            return Judgement(Verdict.RESTART, restarts[0], "fix:restart", sure)
    told = [claim for claim in fix if not placeholder(claim.text)]
    if fix and not told:
        return Judgement(Verdict.PLACEHOLDER, fix[0], placeholder(fix[0].text))
    first = (told or named or [*fix, *permanent])[0]
    return Judgement(Verdict.CONCRETE, first, "fix:change")


def _deeds(claim: Claim) -> list[Deed]:
    if placeholder(claim.text):
        return []
    if claim.content:
        if _RESTART.search(claim.text):
            return [Deed.RESTART]
        return [Deed.CHANGE] if _CODE_VERB.search(claim.text) else [Deed.NEUTRAL]
    return deeds(claim.text)
