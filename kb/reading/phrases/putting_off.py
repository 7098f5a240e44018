"""The closed vocabulary of putting off: what such sentences are made of when nothing is named.

No word here is a thing that could be built or changed: one that is would make measures vanish.
"""

from __future__ import annotations

from kb.text.patterns import WordSet

# What is said of a thing that is not there yet.
_PUT_OFF = WordSet(
    """
    todo tbd tba tbc tbw fixme wip xxx xx ? … - – — ー ― × na n/a none nil null nothing pending unknown later
    soon undecided undetermined unspecified blank empty
    decided determined discussed discussion considered consideration consider considering discuss decide decides
    investigate investigation investigating investigated reviewed review await awaiting waiting follow waits
    think thinking written write writing filled fill added updated update announced defined planned planning
    identified idea ideas clue confirmed
    未定 未記入 未記載 未着手 未対応 未実施 未検討 未作成 未策定 未決 未決定 未確定 未整理 未完 未了 未調査
    未確認 未だ 未 不明 不詳 謎 白紙 空欄 空白 宿題 保留 ペンディング 棚上げ 後回し 持ち越し 先送り 手付かず
    様子見 様子を見る 様子を見ます 様子をみる 様子をみます 様子を見たい 様子を見ている 様子を見ています 経過観察
    経過を見る 経過を見ます 静観 静観します
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
_AROUND = WordSet(
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
    次期 次の 直近 次第 しだい 以降 落ち着いたら 落ち着いてから 余裕 時間 できたら 一旦 いったん ひとまず とりあえず
    当面 しばらく 特に 特 とくに 既に すでに 目途 目処 めど 期限 当分
    定例 定例会 定例会議 会議 会議体 ミーティング mtg 打ち合わせ 打合せ 朝会 夕会 週次 月次 会 場 レビュー
    振り返り ふりかえり ポストモーテム レトロ 合宿 チケット 起票 別チケット issue wiki タスクフォース
    なんとか 何とか どうにか マター 部会 課会 例会 分科会 委員会 役員会
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
    おねがいします おねがい お願い 願います 頼みます させて させてください 合わせて あわせて 併せて
    何かあれば いませんか 人 もらえますか いただけますか くれますか くださいますか 設けて 存じます したく たく
    ですね ですかね かな う〜ん うーん うーむ ええと えーと
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
    watch same above
    figure figured out open question questions
    draft progressing discussing deciding figuring internally someone something propose proposes
    proposal monday tuesday wednesday thursday friday tomorrow today yesterday tonight eod tba shortly
    it's we're i'll i'm we'll anything add owner
    """,
    "? ! ( ) [ ] { } < > 〈 〉 「 」 『 』 【 】 、 。 ・ : ; , . / = ~ 〜 _ + # * "
    "| \" ' ↑ ↓ → ☆ 0 1 2 3 4 5 6 7 8 9 年 月 日 火 水 木 金 土 曜 週 半期 期 q \t … ー",
)
PUTTING_OFF = _PUT_OFF | _AROUND
"""Both lists: verbs and nouns of putting off, and what goes around them."""
