"""Do measures change anything? Placeholder, weak (care and notice only), or concrete.

A measure is weak when its predicate is one of care (注意する, 周知する, 徹底する) and nothing in
it is built, checked by a machine, or changed. One measure that changes a thing makes the section
concrete; checks by people (ダブルチェック, 手順書に追記) are a middle class and not called weak.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.model import Confidence, Verdict
from kb.reading.claims import Claim
from kb.reading.verdicts import Judgement
from kb.reading.verdicts.placeholder import placeholder, settled

_CARE = re.compile(
    "注意(?:する|し|いた|致|深く|を(?:払|促|喚起)|喚起|事項|\\Z|[。)])|気(?:を|に)(?:つけ|付け|配|留め"
    "|引き締)|心(?:が|掛)け|心得|意識|周知|徹底|啓発|啓蒙|呼び?(?:かけ|掛け)|声(?:を)?(?:かけ|掛け)|声がけ"
    "|共有|展開する|伝える|伝達|知らせ|アナウンス|通達|リマインド"
    "|しっかり|きちんと|ちゃんと|よく(?:見|確認|考|読)|慎重|念入り|入念|丁寧|落ち着いて|忘れな|忘れず|怠らな"
    "|油断|うっかり|肝に銘じ|再認識|認識(?:を|合わせ)|危機感|緊張感|責任感|反省|目視|様子を見|画面を見"
    "|見ておく|見るように|見る(?:よう|こと)|集中し|見守|目を(?:配|光)|見る(?:ように|よう)|教育|指導|研修"
    "|説明する|話し合|相談(?:する|し)|コミュニケーション|連携を(?:密|強化)|報連相|余裕を|急がない|焦らな|頑張"
    "|努め|努力|心構え|気持ち|確認(?:する|し|を(?:する|行う|怠|忘れ|強化|必ず))|再確認|チェックする"
    "|見直しを忘れ"
    "|\\b(?:be (?:more )?careful|careful(?:ly)?|pay (?:more |closer )?attention|attention"
    "|be (?:more )?(?:aware|mindful|vigilant)|awareness|remind|remember|don't forget|do not forget"
    "|double[- ]check|communicate|communication|try (?:harder|to)|make sure|inform|announce|share|educate"
    "|training|train|watch (?:out|closely)|keep an eye)\\b",
    re.I,
)
# What changes a thing, whatever else the measure says.
_BUILDS = re.compile(
    "自動|仕組み|ツール|スクリプト|テスト|試験(?!的)|\\bci\\b|(?<![a-z])ci(?![a-z])|lint|リント|静的解析|監視"
    "|アラート|通知する|通知を|検知|検査|検証(?:環境|を追加|の自動)|バリデーション|制約|権限|ロック|上限|下限"
    "|閾値|しきい値|冗長|二重化|分離|フラグ|フェイル|タイムアウト|リトライ|レート|スロットル|キュー"
    "|サーキット|導入|追加|設定(?!を確認|の確認|値?を?(?:よく|しっかり))|実装|変更(?!時|前|後|の際|を(?:周知"
    "|共有|確認))|修正|改修|置き換|差し替|廃止|削除|移行|構築|構成管理|コード化|テンプレート化|標準化|必須"
    "|禁止|ブロック|拒否|強制|整備|作成|用意|新設|設け|増設|増強|拡張|増や|減ら|引き上げ|短縮|延長|更新する"
    "|アップデート|バージョン|ダッシュボード|メトリクス|ログ(?:を|の)(?:出|追加|保存)|バックアップ|リハーサル"
    "|訓練|演習|カナリア|段階(?:的|公開|リリース)|ロールバック|レビュー|チェックリスト|ダブルチェック|承認"
    "|手順(?:書)?(?:に|を|へ)(?!従|守|遵守|則|沿|確認|見|読|よく|しっかり|必ず|徹底)|ドキュメント|記載|明記"
    "|追記|台帳|棚卸|一覧化|定期|月次|週次|日次|毎(?:日|週|月|朝)(?:の)?(?:ジョブ|バッチ)|切り替え|見直|改善"
    "|契約|合意|取り決め|ルール(?:を|化)|体制|当番(?:表|制|を(?:置|増|設))|担当を|複数人|2 ?人|二人|ペア"
    "|\\b(?:automat|test|alert|monitor|metric|dashboard|validat|constraint|permission|limit|redundan|isolat"
    "|flag|add|introduc|implement|install|chang|replac|remov|migrat|script|tool|check(?:list|er)|backup"
    "|canary|rollback|review|document|runbook|schedul|rotat|renew|enforc|block|reject|upgrad|increase|reduce"
    "|split|config)\\w*",
    re.I,
)
# What may follow the word of care without being a deed of its own.
_SMALL = re.compile("[ぁ-ん\\W_]|作業|対応|実施|確認|徹底|強化|実行|今後|以降|[0-9]|\\(.*\\)")
_REST = 4
_LEAD = re.compile(
    "(?:次|以下|下記|上記)の(?:とおり|通り|対策|対応|こと|点|施策|内容|項目)|以下[、。:]?\\Z|(?:防げ|防ぎ"
    "|防止でき|不十分)[^。]{0,12}(?:ため|ので|から)|としていたが|:\\Z"
)
_CLOSING = re.compile(
    "(?:上記|以上|いずれも|すべて|全て|全項目|全件|残(?:件|タスク|作業)?)[^。]{0,24}(?:完了|済|対応した"
    "|実施した|終え|クローズ|なし)"
)


def weak(text: str) -> bool:
    """Whether a folded, plain measure rests on care and notice."""
    if _BUILDS.search(text):
        return False
    found = list(_CARE.finditer(text))
    if not found:
        return False
    # The care must be what the sentence comes to: 周知のうえ旧版を止める stops the old version.
    return text.isascii() or len(_SMALL.sub("", text[found[-1].end() :])) <= _REST


def lead(text: str) -> bool:
    """Whether a claim introduces or closes the measures and is none itself."""
    return bool(_LEAD.search(text) or _CLOSING.search(text))


def closing(text: str) -> bool:
    """Whether a claim says of all measures that they are done."""
    return bool(_CLOSING.search(text))


def judge_prevention(claims: Sequence[Claim]) -> Judgement:
    """The verdict on the measures of one incident, over all its prevention sections."""
    if not claims:
        return Judgement(Verdict.EMPTY, None, "empty")
    content = [claim for claim in claims if claim.content]
    measures = [claim for claim in claims if not claim.content and not lead(claim.text)]
    if any(claim.parent for claim in measures):
        leaves = [claim for claim in measures if not claim.parent]
        measures = leaves or measures
    if not measures:
        return Judgement(
            Verdict.CONCRETE if content else Verdict.EMPTY,
            claims[0],
            "prevention:picture" if content else "prevention:lead",
        )
    tests = [placeholder(claim.text) for claim in measures]
    if all(tests):
        if content:
            return Judgement(Verdict.CONCRETE, content[0], "prevention:picture", Confidence.LOW)
        sure = (
            Confidence.HIGH if tests[0] == "placeholder:words" or tests[0] == "placeholder:mark" else Confidence.MEDIUM
        )
        return Judgement(Verdict.PLACEHOLDER, measures[0], tests[0], sure)
    said = [claim for claim, test in zip(measures, tests, strict=True) if not test]
    careful = [claim for claim in said if weak(claim.text) and not settled(claim.text)]
    if careful and len(careful) == len(said) and not content:
        return Judgement(Verdict.WEAK, careful[0], "prevention:care")
    return Judgement(
        Verdict.CONCRETE, next((claim for claim in said if claim not in careful), said[0]), "prevention:measure"
    )
