"""The group `incident`: without these words no page is one.

Reading takes a page for an incident page when its place is named for trouble, or when it has a
section on cause, fix or prevention and enough besides: another such section, one that sets the
scene, times of day, a title or tag that names trouble. So a page that shows one hint alone
cannot be one. The words are the stems of the headings that `kb.reading.sections.heading_words` knows; a stem of
two roles (対策) stands in both hints, and so opens the gate by itself.
"""

from __future__ import annotations

from kb.rules.registry import CATEGORY_MARK, TAGS_MARK, TITLE_MARK, GateGroup, GateHint


def _words(line: str) -> tuple[str, ...]:
    return tuple(line.split())


_TROUBLE = (
    "障害|不具合|インシデント|トラブル|事故|ポストモーテム|重大事象|緊急対応|支障|顛末|バグ報告|バグ票"
    "|[Pp][Oo][Ss][Tt]-?[Mm][Oo][Rr][Tt][Ee][Mm]|[Ii][Nn][Cc][Ii][Dd][Ee][Nn][Tt]"
    "|[Oo][Uu][Tt][Aa][Gg][Ee]|[Tt][Rr][Oo][Uu][Bb][Ll][Ee]"
)
_TROUBLE_TITLE = (
    f"{_TROUBLE}|件|できない|止ま|停止|落ち|遅い|遅延|失敗|エラー|届かない|消え|ダウン|ない|ません|[Ss][Ee][Vv]|[Pp][0-9]|[0-9][-/年]"
    "|[Dd][Oo][Ww][Nn]|[Ff][Aa][Ii][Ll]"
)
_SPACE = "[ \\t\u00a0\u3000]"

_CAUSE = GateHint(
    words=_words(
        "原因 要因 真因 根因 誘因 起因 主因 引き金 発端 理由 わけ メカニズム 機序 背景 なぜ 何故 どうして なんで "
        "調査 解析 分析 考察 cause rca contributing trigger why wrong investigat analys background "
        "真相 もと 根 悪 まずか 穴 わか 分か 判 調べ 結論 正体 ゲンイン げんいん root behind reason "
        "finding diagnos underlying からくり しくみ 仕組み "
    ),
    # きっかけ alone is how something was noticed.
    patterns=("(?:直接|障害|発生|不具合|停止)(?:的な|の)?きっかけ",),
)
_FIX = GateHint(
    words=_words(
        "対応 対処 処置 処理 措置 復旧 復帰 回避 解決 修正 改修 施策 是正 手当 解消 回復 修復 打ち手 直 なお 治 戻 "
        "暫定 応急 止血 恒久 ワークアラウンド 実施 実行 行っ 行う やった 何をした どう いかに "
        "workaround mitigat gap fix resol solution response recover remed repair action measure correction "
        "how what 対策 "
        "てあて 善後 火消 収 しの した たこと どうした しました その場 いったん ひとまず 取り 当座 当面 "
        "restor did タイオウ たいおう しょち ショチ "
    )
)
_PREVENTION = GateHint(
    words=_words(
        "再発 防 予防 歯止め 対策 改善 展開 アクション 今後 次 これから 将来 以降 二度と 再び もう 同じ 同様 同種 類似 "
        "再度 繰 くり返 なくす 起こさない 変える 変わ 課題 宿題 残 タスク やること フォローアップ ネクスト 施策 是正 "
        "prevent corrective improve follow next counter capa recurrence avoid never again task todo to-do "
        "forward future change happen action "
        "先 さき つぎ 明日 あした くりかえ また 起き おき 起こ おこ 備え 轍 あと のちほど 約束 こうし 気を 気に "
        "工夫 踏まえ 誓い 教訓 仕掛 やら ない コンゴ こんご サイハツ "
        "さいはつ ボウシ ぼうし よぼう keep guard improv"
    ),
    patterns=(
        f"[Ww][Hh][Aa][Tt]{_SPACE}[A-Za-z]{{3,6}}{_SPACE}[Ww][Ee]",
        f"[Hh][Oo][Ww]{_SPACE}[A-Za-z]{{2,5}}{_SPACE}(?:[Ww][Ee]{_SPACE})?[Ss][Tt][Oo][Pp]",
    ),
)
_SCENE = GateHint(
    words=_words(
        "影響 被害 損害 損失 事故 インシデント エラー 状況 検知 発見 発覚 検出 認知 覚知 気づ 気付 きっかけ 時系列 "
        "タイムライン 経緯 経過 クロノロジ 推移 履歴 記録 ログ メモ 作業 流れ 動き 概要 事象 現象 症状 内容 あらまし "
        "要約 サマリ 全体像 問題 トラブル 不具合 障害 何が 起き 起こ 発生 解消 "
        "impact affected radius detect discover notic found find line chronology sequence history log summary "
        "overview abstract symptom happened description problem incident issue tl;dr tldr started occurred resolved "
        "概況 がいよう 出来事 できごと おき おこ なに ようす 様子 どんな やらかし はじめに 申告 あった 困 迷惑 "
        "痛手 ゲンショウ じしょう ジショウ broke who "
    ),
    patterns=("[0-9][/／][0-9]",),
)
_CLOCK = GateHint(patterns=("[0-9][:：][0-5][0-9]", "[0-9]時"))
_NAMED = GateHint(patterns=(f"{TITLE_MARK}[^\\n]*(?:{_TROUBLE_TITLE})", f"{TAGS_MARK}[^\\n]*(?:{_TROUBLE}|バグ)"))

incident = GateGroup(
    "incident",
    alone=GateHint(patterns=(f"{CATEGORY_MARK}[^\\n]*(?:{_TROUBLE})",)),
    together=(_CAUSE, _FIX, _PREVENTION, _SCENE, _CLOCK, _NAMED),
)
