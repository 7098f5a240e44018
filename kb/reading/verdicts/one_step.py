"""Whether a claim names one mechanism in a word, without its reason: OOM で落ちた, 設定ミス."""

from __future__ import annotations

import re

from kb.reading.patterns import prepared
from kb.reading.verdicts.predicates import ENDS
from kb.reading.verdicts.surface import UNIT, surface

_ONE_WORD = prepared(
    "oom(?:[ -]?killer)?|out of memory|メモリ(?:ー)?(?:の)?(?:不足|枯渇|リーク|逼迫|が足り\\w+|使用率\\w*)"
    "|ディスク(?:の|が)?(?:容量)?(?:フル|不足|逼迫|枯渇|溢れ|あふれ|満杯|いっぱい|full)|容量(?:の)?(?:不足"
    "|超過|逼迫)|(?:高|過)負荷|負荷(?:の|が)?(?:増|高|集中|上昇)\\w*|アクセス(?:の|が)?(?:集中|過多|増"
    "|殺到)\\w*"
    "|(?:設定|作業|操作|オペレーション|手順|入力|人為的?な?|ヒューマン|確認|実装|考慮|判断|連携|コーディング"
    "|オペ|リリース|デプロイ|認識|引き継ぎ|伝達|仕様)(?:の)?(?:ミス|エラー|誤り|間違い|不備|漏れ|不足|違い"
    "|齟齬)|ヒューマンエラー|人為ミス|オペミス|不注意|うっかり|(?:プログラム|ソフト\\w*|アプリ\\w*|システム"
    "|コード|製品|ライブラリ)?(?:の)?バグ"
    "|(?:証明書|ライセンス|トークン|パスワード|ドメイン|認証|鍵)?(?:の)?(?:有効)?期限(?:の|が)?切れ\\w*|失効"
    "|(?:ハードウェア|ハード|hw|ディスク|hdd|ssd|nic|メモリ|電源|機器|ネットワーク|回線|スイッチ|rai?d"
    "|筐体)(?:の)?(?:障害|故障|不良|トラブル)|故障|停電|デッドロック|リソース(?:の)?(?:不足|枯渇)|(?:cpu"
    "|コネクション|接続数?|スレッド|性能|スペック|キャパ\\w*|帯域|リソース)(?:の)?(?:不足|枯渇|超過|高騰|逼迫"
    "|上限)|スペック不足|経年劣化|老朽化"
    "|memory leak|disk (?:was |is )?full|high load|overload(?:ed)?|misconfiguration|human error|(?:a "
    "|software )?bug|expired (?:certificate|token)|(?:certificate|token) expired|hardware failure"
    "|operator error",
    re.I,
)


def one_step(text: str) -> bool:
    """Whether a claim names one mechanism in a word, without its reason: OOM で落ちた, 設定ミス."""
    rest = text.casefold().strip(" 。.、")
    if len(rest) > 48 or not _ONE_WORD.search(rest) or UNIT.search(rest):
        return False
    without = _ONE_WORD.sub("エラー", rest)
    without = re.sub(
        "エラー(?:による|によって|により|で|が原因で|のため(?:に)?|が発生し(?:て)?|に(?:より|なり)|になって)[、, ]?",
        "",
        without,
    )
    without = re.sub("\\b(?:because|since|due to|caused by|after|from|an?|the)\\b\\s*", "", without).strip()
    without = re.sub(
        "\\A(?:担当者?|作業者|運用者|開発者|オペレータ\\w*|ベンダー?|当方|弊社|人)(?:の|による|が)", "", without
    )
    return not without or bool(ENDS.match(without)) or surface(without)
