# ruff: noqa: E501
"""Wordings: what each judge makes of sentences people write, and of the near misses.

One wording a line; ` / ` parts the items of a section.
"""

from __future__ import annotations

from together import together

from kb.model.facts import Verdict
from kb.reading.claims.inline import split_sentences, strip_inline_markup
from kb.reading.sections.section import Claim
from kb.reading.verdicts.cause import judge_cause
from kb.reading.verdicts.measures import judge_fix, judge_prevention
from kb.text.fold import fold

SHALLOW = """
nginx が止まっていた
CoreDNS でタイムアウトが発生していた
在庫連携ジョブ プロセスダウン
RDS への接続がタイムアウトしたため
セッション Redis に接続できなくなったため
管理画面アプリ がエラーになっていた
メールサーバが停止したから
FAX サーバが落ちていた
nginx でエラーが発生したため
バッチサーバがハングアップした
プロセスが固まっていたため。
アプリが応答を返さなくなった
コンテナが死んでいた
Redis が落ちていたことによる
配信ジョブの異常終了
監視サーバが動いていなかったから
ワーカーがこけていた
サービスが上がっていなかった
DB との通信ができなかった
検索クラスタが不調だった
AWS の障害
キューが詰まっていた
APIが無応答になった
デーモンが起動していませんでした
帳票サーバの調子が悪かった
LBが 503 を返していた
The API server was down.
Redis crashed
nginx stopped responding
worker process died
The database was not responding
深夜に集計バッチが落ちた
何らかの理由でプロセスが停止していた。
APIサーバが停止した。そのため決済ができなくなった。
nginx が停止し、応答しなくなったため
更新バッチが止まっていた
ライセンスサーバが停止していた
原因はメールサーバの停止です。
Sidekiq プロセスが落ちて、ジョブが実行されなかった
Kafka ブローカーの停止
サーバダウン
システム障害のため
画像変換サービスがクラッシュしていた
ジョブが異常終了していたため
プロキシがフリーズした
外部 API がタイムアウトした
データベースが応答しない状態だった
検索サーバのハング
サーバーのダウンによるもの
DB接続エラー
予約APIのプロセスが消えていた
決済ゲートウェイがだんまりになった
ファイルサーバにつながらなくなったため
ジョブ管理サーバのサービスが上がってこなかった
ワーカー全滅
基幹DBが応答を返さず
APIゲートウェイからの 504
Webサーバが無反応になっていたことが原因です。
メール配信エンジンが処理を止めていた
検索ノードが 1 台落ちた
監視エージェントが停止状態だった
バッチ用コンテナが立ち上がらなかった
認証基盤への通信が途切れた
外部サービスの不調によるもの
原因：プリントサーバの停止
会計システムが動かなくなった
プロキシサーバがハングしていたと思われる
Kafka のブローカーがダウンしていた。
nginxが落ちたことによりサイトが表示できなくなった
DBサーバへの疎通が取れなくなっていた
アプリケーションサーバが異常な状態になった
在庫サービスがエラーを返し続けた
キューワーカーが固まって動いていなかった
サーバがお亡くなりになっていた
Redis のプロセス停止
ストレージが不安定だった
アプリが落ちていました。
API が 500 を返していた
The worker stopped.
Payment service was unavailable.
MySQL went down around 03:00.
App server hung
Gateway returned 502 errors
The scheduler was not running
Cron job failed
Redis connection timed out
夜間バッチが途中で止まった
集計処理の異常終了
配送連携のジョブがエラー終了した
Tomcat が反応しなくなり、ログインできなくなった
勤怠サーバのフリーズ
VPN 装置のハングアップ
画像サーバが応答なし
FTPサーバに接続できない状態が続いた
サーバ側でエラーが出ていた
DNSサーバが応答しなくなったため
バッチが起動していなかったため
Sidekiq が止まってしまっていた
DB コネクションのタイムアウト
レプリカが停止していたから。
通知サービスが正常に動作していなかった
証明書サーバが停止していた
ログ収集基盤が止まっていた
設定配信サーバのプロセスがダウンしていた
"""
UNKNOWN = """
不明
現在調査中です。
分かっていない
特定できていない
未特定
確認中です
TODO
原因調査中
不明（ログが残っていなかった）
原因不明
ログが残っておらず原因は特定できなかった
再現しないため不明
ベンダーに問い合わせ中
still under investigation
Unknown at this time.
まだ分かりません
未特定。5/9 までに大野がダンプを採取する
Redis が停止した。停止した理由は不明。
N/A
解析中。
切り分け中（ネットワークかアプリか）
追って調査する
原因は掴めていない
なぜ落ちたかは分かっていない
突き止められていない
メーカーの回答待ち
はっきりしない
TBD
Root cause is not yet known
ログを確認しているところ
調査継続
調査中。ログを解析している。
まだ特定に至っていない
究明できず
手がかりが得られていない
ログからは読み取れなかった
原因については引き続き調査します
ベンダー解析中
現時点で断定できていない
調べているが分からない
再発待ち
詳細は別途調査
当社では把握できていません
思い当たる節がない
解析依頼中（SR-1234）
未解明のまま
確証が得られていない
今のところ見当がついていない
特定中
後日調査
調査結果待ち
手掛かりなし
ログがローテートで消えており追跡不能
メーカーへ問い合わせを実施し、回答を待っている
Not determined yet.
We could not reproduce it.
Under investigation by the vendor
needs investigation
?
よく分からない
原因の切り分けが済んでいない
説明できる材料がない
恐らくネットワークだが確証なし
現在ログを解析しています。結果が出次第更新します。
一時的な事象で再現せず、原因は不明のまま
TODO: 原因を書く
はっきりした原因は分からなかった
不具合の原因は現在確認しております
"""
ONE_STEP = """
OOM で落ちたため
RDS が OOM で落ちたため
ディスクフル
設定ミス
担当者の確認不足
高負荷により API が停止した
メモリ不足でプロセスが落ちた
証明書の期限切れ
アクセス集中によりサーバがダウンした
作業ミスのため
ハードウェア故障
バグ
Human error
ディスク容量不足で DB が停止
"""
MECHANISM = """
当初は不明だったが、5/2 の再現で接続の解放漏れと判明した（#1203）。
配信サーバが停止した。ログの出力先が一時領域に変わっており、ローテート対象から外れて 6 日で満杯になった。
証明書更新フックが nginx -t の失敗を無視して reload を実行し、構文エラーの残った設定で worker が起動できなかった。
しきい値の単位（個／箱）を取り違えた設定が入り、変更時に値の範囲検査がなかった
依存するメッセージキューの認証情報が期限切れだった
ランナー登録トークンの有効期限が 4/20 に切れ、認証エラーで登録が外れていた。
変更した設定の上限値が小さく、接続が拒否された
接続プールの上限 50 に達して新規接続がタイムアウトした
デプロイ時に古いバイナリが残り、起動に失敗した
cron の TZ が UTC のままで、9 時間ずれて起動していた
NATテーブルが溢れ、新規接続が確立できなかった
バックアップジョブが同時刻に走り I/O を使い切ったため DB が応答しなくなった
A connection leak in the retry path exhausted the pool, so new requests timed out.
Because the config map was deleted, pods failed to start.
node_exporter の更新でメトリクス名が変わり、アラートルールが空のベクトルを評価し続けていた。
当初は調査中としていたが、DNS の TTL が長く切替が反映されなかった。
アプリの配布がマイグレーションより先に終わり、まだ存在しないカラムを参照した。
nginx が停止していた/証明書更新フックが失敗を無視していた
なぜ新着が出なかったか → インデックス更新ジョブが止まっていた/なぜ止まっていたか → 依存するメッセージキューの認証情報が期限切れだった
文字コードの自動判定が先頭 1KB だけを見ており、途中から現れる機種依存文字で例外になった。
送信元 IP を変えた際に許可リストへ登録していなかった
同じ IP アドレスが二重に割り当てられていた
ドメインの自動更新が支払いカードの失効で止まり、名前解決できなくなった
在庫 API の応答に null が混じり、画面側が例外で落ちた
古い鍵で署名したトークンが配られ認証に失敗した
ジョブの並列数を増やした結果、DB が応答しなくなった
夏時間の切替を考慮せず 1 時間早く締めた
メンテナンスモードの解除忘れ
IP アドレス帯の変更を先方が許可リストに反映していなかった
送信上限（日 5 万通）を超えた分が破棄されていた
キャッシュの有効期限が切れた直後に全件の再計算が同時に走った
夜間のスナップショット取得中に I/O が待たされ、ヘルスチェックに 3 回失敗した
ドライバの更新で既定の文字コードが変わっていた
リトライが指数的に増え、相手先の制限にかかった
担当者が検証環境と取り違えて本番のテーブルを空にした
古い AMI から起動したインスタンスに修正が含まれていなかった
負荷試験の並列数を戻し忘れていた
営業日カレンダーに祝日が登録されていなかった
アラートの宛先が退職者のアドレスだった
フェイルオーバー後に接続文字列が旧プライマリを指していた
ヘルスチェックのパスが変わったのに LB の設定が古かった
スレッドがデッドロックし新規要求を受けられなくなった。ロックの順序が二つの処理で逆だった
集計テーブルのパーティションが 2024 年分までしか作られていなかった
The TLS certificate had expired because renewal emails went to a former employee.
A deploy removed the index, which made the query scan 12M rows.
Queue consumers crashed on messages with empty bodies since validation was skipped.
ディスクのマウント先が変わり、ログが / に書かれて満杯になった
2 台構成の片系がメンテ中で、残る 1 台に全リクエストが集まった
npm の依存が勝手に上がり、互換のない版が入った
月初の請求処理と重なり、ロック待ちで止まった
サーバが停止した。前日のパッチ適用でカーネルが上がり、ドライバが読み込まれなかった
同時実行数の既定値が 10 で、11 件目から待たされた
入力 CSV の末尾に空行があり、0 除算で落ちた
OOM Killer に kill された。画像を全部メモリに載せる実装だった
名前解決先が撤去済みの旧 DNS を向いていた
時刻同期が外れ、トークンの検証に失敗した
プロセスの再起動スクリプトが PID ファイルを見ておらず二重に立ち上がった
LB の idle timeout が 60 秒、アプリの keepalive が 75 秒で、切断済みの接続を使っていた
API キーを前日に無効化していた
契約更新の手続き漏れでアカウントが止められていた
冷却ファンの故障で温度が上がり、保護回路が働いて止まった
仮想基盤の移設に伴い MAC アドレスが変わり、ライセンス認証が外れた
"""
PLACEHOLDER = """
TODO
todo
T.B.D.
TBD
未定です
不明。
要検討
現在検討中
検討中です。
鋭意検討中
別途検討します
後日記載
追って記載します
あとで書く
N/A
なし
特になし
—
-
？
…
原因がわかってから検討
原因調査中のため未定
わかり次第追記
再発防止策を検討する
対策を考える
TODO: 書く
TODO（田中）
todo: 再発防止策のチケット起票
来週の定例で議論
チームで相談して決める
まだ決まっていない
ベンダーの回答待ち
次回MTGで決定予定
（ここに再発防止策を記載）
〇〇を△△する
To be determined
will be discussed in the next meeting
under consideration
大野が記載
保留
ペンディング
未記入
調査結果を踏まえて検討
佐藤さんと相談中
TODO 5/20まで
関係者で協議の上決定します
対策案を洗い出し中
原因判明後に策定する
対策（担当、期限）
特に思いつかない
今のところなし
これから考えます
TBD by team
not yet decided
none
none yet
検討のうえ別途連絡
来期検討
N/A（検討中）
対策は未定
まとまり次第記載する
再発防止策については別途検討とする
運用チームにて検討
未だ決まらず
チームで持ち帰り
改めて協議のうえ決定
担当者アサイン後に検討
白紙
検討事項とする
現状なし
該当なし
記入待ち
これから詰める
方針未確定
今後の課題とする
ゆくゆく考える
上長と相談の上、決めたい
原因特定後に立案する
時間ができたら書く
下書き中
対策会議を開いて決める
未
（未記入）
検討予定（6月）
必要に応じて検討
To do
Pending
we'll discuss this later
N.A.
Not decided
TBC
to be filled in
need to discuss with the team
調査が終わったら考える
ベンダー回答後に検討
※後ほど追記
追記します
検討します。
何か考える
次回までに考えておく
再発防止についてはチームで議論中です
今後検討していきたい
案を募集中
対策検討中（担当：山下）
次スプリントで検討
原因判明待ち
現在、関係部署と調整しております。
どうするか未定
特段の対応は予定していない
"""
WEAK = """
今後は十分注意いたします
各自で気を引き締める
ミスをしないよう心がける
作業前によく確認する
関係各所への周知を徹底する
朝会で全員に共有した
手順を守るよう指導する
慎重に作業を行う
二度と起こさないよう努める
声かけを行う
意識を高める
再度メンバーへ注意喚起
確認不足を反省し、次回から落ち着いて作業する
担当者への教育を行う
忘れないようにする
こまめに様子を見る
Be more careful next time
Pay closer attention during releases
Remind everyone on Slack
目視確認を徹底
リリース時は周囲に声を掛ける
うっかりをなくす
チーム内で情報共有する
集中して作業する
気をつけましょう
危機意識を持って取り組む
サーバの様子に気を配る
当番が時々画面を見るようにする
Double-check before deploying
丁寧に作業する
コミュニケーションを密にする
"""
MEASURE = """
レートリミットを設ける
証明書の残り日数を Zabbix で見張り、30 日前に鳴らす
本番への直接ログインをやめる
デプロイ前に差分を bot が貼る
ジョブの並列数を 4 に絞る
確認用の SQL を PR に必ず添付する運用にする
旧サーバを撤去する
再実行しても二重にならないようにする
DNS の TTL を 60 秒にする
スキーマの変更は二段階で出す
契約の更新日を共有カレンダーに入れ、2 か月前に知らせる
アカウントを個人から共用に切り替える
夜間バッチの開始を 30 分ずらす
オンコール表に副担当を置く
Terraform で管理する
リトライ間隔に揺らぎを入れる
許可リストの変更を先方の申請書式に含めてもらう
バックアップからの復元を毎月試す
Add a smoke test to the pipeline
Alert when queue depth exceeds 1000
Move cron to UTC
削除系の操作は二人で行う
本番の DB 名に色を付ける
保守契約を 24 時間対応に変える
注意喚起のバナーを管理画面に出す
周知のうえ、古い API を 7 月に止める
誤操作できないようボタンを消す
TODO: WAF のルール追加（西、4/3）
なし（サービス終了のため）
対策不要：旧系は来週撤去するため
#4521 で対応
https://redmine.example.jp/issues/4521
予備機を 1 台置く
#1234
監視の検知時間を 5 分から 1 分へ
閾値の見直し（担当: 原）
E2E を書く
"""
RESTART = """
再起動
nginx を再起動した。
サーバを再起動して復旧した
CI ランナーを再起動して復旧
取込ワーカー を立ち上げ直した
セッション Redis を restart した
RDS をリスタート
`kubectl -n kube-system rollout restart deploy/coredns`
sudo systemctl restart puma を実行して復旧
再起動 / 復旧を確認
VPN ゲートウェイの再起動
帳票サーバ を restart した
Pod を削除して復旧
電源を入れ直した
プロセスを kill して起動し直した
docker compose up -d で復旧
Restarted the API server.
Rebooted the host and confirmed recovery.
サーバを落として上げ直したところ直った
再起動を 3 回実施
停止していたサービスを起動した。
再起動で解消。様子見。
アプリの再起動を行い、正常に動作することを確認しました。
関係者へ連絡し、サーバーをリブートしました
サービス再起動にて復旧。
一次対応として再起動
Bounced the pods
nginx の再起動を実施し、監視アラートが止まったことを確認
ジョブを手動で起動した
再度立ち上げ
API サーバの再起動対応
OSごと再起動した
インスタンスを再起動し、ヘルスチェックが緑になったことを確認
サービスを一度落として上げた
全台リブート
IIS のリサイクルを実施し復旧しました
supervisor から再度起動させた
管理コンソールより当該インスタンスを再起動。その後正常化を確認。
ECS タスクを再起動
プロセスを上げ直して様子見
Pod を消して作り直させた
再起動にて対応済み
とりあえず再起動
DB を再起動したところ、正常に戻った。
サーバ再起動後、問題なく動作
Restarting the pod fixed it.
We restarted nginx and everything went back to normal.
Kicked the service
OS 再起動を行ったら直りました
サービスの停止・起動を実施
停止→起動で復旧
systemctl restart nginx
Windows サービスを再開
アプリプールを再起動しました。利用者へ復旧を連絡。
当番が再起動を実施（計2回）
ルータの電源 OFF/ON
ハードリセットで復帰
コンテナを再起動させ、動作を確認した
WAS の起動し直し
手動でプロセスを立ち上げた
機器の再起動により解消
kubectl delete pod api-xxxx で再作成
`pm2 restart all`
"""
CHANGE = """
エイリアスを旧インデックスに戻した
一次対応として再起動。その後、該当ジョブを dead に移し、リトライ上限 5 回と宛先の検証を追加した。
まず Elasticsearch を再起動したが再発したため、次の対応をした。エイリアスを戻した。
再起動なしで設定を反映した
手動で送付した。
様子見
ロールバックした
設定を変更し再起動した
証明書を更新して nginx を再起動
該当 URL をパージした。
再起動では直らず、証明書を差し替えた
メモリを 8GB から 16GB に増やして再起動
接続数の上限を引き上げた
Rolled back the deploy
Restarted after raising the memory limit
不要なファイルを消して再起動した
DB をフェイルオーバーした
パッチを適用し、全台を再起動した
回線業者に連絡し復旧
フォントを入れ、帳票を再発行した
在庫連携ジョブ を再起動（応急） / ファイル内容のハッシュで処理済み判定するよう修正し、57 SKU を棚卸し値で補正した。
暗号スイートの設定を旧来のものへ戻した
スレーブを昇格させ、接続先を向け直した
一時ファイルを消して空きを作り、再起動した
先方に許可リストへの登録を依頼し、再送した
再起動しても改善せず、メモリを積み増した
バージョンを 2.3 に下げた
DNS レコードを書き直した
当該顧客のデータを手で直した
スクリプトを直して流し直した
インデックスを張った
該当クエリを kill し、バッチの時刻をずらした
証明書を入れ替えた後、nginx を再起動
利用者に再ログインを案内した
ベンダーが部品を交換
アクセスを一時遮断し、プールを広げた
Increased heap to 8G and restarted
Rolled back to v1.2 and restarted workers
回線を切り替えた
パスワードを再設定した
フラグを切って機能を止めた
予備機へ載せ替えた
再起動に加え、タイムアウトを 30 秒へ延ばした
キャッシュを捨てて再起動
手作業で配信した
ロックを握っていたセッションを切断した
設定ファイルを編集して再起動した
定義を追い、足りない列を足した
"""


def said(wording: str, *, split: bool = True) -> list[Claim]:
    found: list[Claim] = []
    for item, line in enumerate(wording.split(" / ")):
        text = fold(line).text
        pieces = list(split_sentences(text)) if split else [(0, len(text))]
        found.extend(Claim(strip_inline_markup(text[start:end]), 0, 0, item) for start, end in pieces)
    return found


def lines(block: str) -> list[str]:
    return block.strip().splitlines()


def cases(**blocks: str) -> list[tuple[str, str]]:
    return [(wording, verdict) for verdict, block in blocks.items() for wording in lines(block)]


CAUSES = cases(shallow=SHALLOW, unknown=UNKNOWN, one_step=ONE_STEP, concrete=MECHANISM)
MEASURES = cases(placeholder=PLACEHOLDER, weak=WEAK, concrete=MEASURE)


@together(("wording", "verdict"), CAUSES)
def test_a_cause_is_judged_by_what_it_names(wording: str, verdict: str) -> None:
    assert judge_cause(said(wording)).verdict is Verdict(verdict.replace("_", "-"))


@together(("wording", "verdict"), MEASURES)
def test_a_measure_is_judged_by_what_it_changes(wording: str, verdict: str) -> None:
    assert judge_prevention(said(wording, split=False)).verdict is Verdict(verdict)


@together("wording", lines(RESTART))
def test_a_restart_is_a_restart_in_any_words(wording: str) -> None:
    assert judge_fix(said(wording), [], False).verdict is Verdict.RESTART


@together("wording", lines(CHANGE))
def test_what_changes_something_is_no_restart(wording: str) -> None:
    assert judge_fix(said(wording), [], False).verdict is not Verdict.RESTART


def test_a_permanent_fix_answers_for_a_restart() -> None:
    restart, lasting = said("API を再起動"), said("接続プールの上限を 50 から 20 に下げた")
    assert judge_fix(restart, lasting, False).verdict is Verdict.CONCRETE
    assert judge_fix(restart, said("検討中"), False).verdict is Verdict.RESTART
    assert judge_fix(restart, [], True).confidence < judge_fix(restart, [], False).confidence


def test_one_measure_that_changes_a_thing_makes_weak_ones_fine() -> None:
    assert judge_prevention(said("注意する / 手順を CI で検査する")).verdict is Verdict.CONCRETE
    assert judge_prevention(said("注意する / TODO")).verdict is Verdict.WEAK


def test_a_claim_that_only_repeats_the_title_says_nothing_new() -> None:
    title = "夜間集計バッチが朝まで終わらない"
    assert judge_cause(said("夜間集計バッチが朝まで終わらなかったため"), title).verdict is Verdict.SHALLOW
