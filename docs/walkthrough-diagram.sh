#!/usr/bin/env bash
# サーバーの一覧から構成図を作り、esa に載せ、直して載せ直し、実物と照らし合わせ、元に戻す。kb diagram の一通りです。
#
#     bash docs/walkthrough-diagram.sh [フォルダー]
#
# esa もトークンも要りません。kb demo と同じ架空のチームを手元に立て、その記事「サーバ一覧」に載せます。
# 要るもの: Graphviz（dot）、日本語のフォント、git。
# 打つコマンドは「$ 」の行に出ます。作業フォルダー（既定は kb-walkthrough）は残ります。
set -euo pipefail

folder=${1:-kb-walkthrough}
command -v kb > /dev/null || PATH="$(cd "$(dirname "$0")/.." && pwd)/.venv/bin:$PATH"
if [ -e "$folder" ]; then
    echo "$folder はもうあります。別のフォルダーを指定してください。" >&2
    exit 2
fi
mkdir -m 700 "$folder"
cd "$folder"

say() { printf '\n# %s\n' "$1"; }
run() { printf '\n$ %s\n' "$*"; "$@"; }
note() { printf '\n$ %s\n' "${*:2}"; "${@:2}" 2>&1 | tee "$1"; }
# 違いや指摘を知らせる終了コード 1 は、失敗ではありません。
tell() { printf '\n$ %s\n' "$*"; "$@" || [ $? -eq 1 ]; }
part() { sed -E "s/.*\"$1\": \"([^\"]+)\".*/\1/" sandbox.json; }

# 手元の esa。あなたのトークンは使いません。
unset ESA_WRITE_TOKEN REDMINE_WRITE_KEY KB_CONFIG KB_KEY
kb sandbox --demo > sandbox.json &
sandbox=$!
trap 'kill "$sandbox"' EXIT
until [ -s sandbox.json ]; do
    kill -0 "$sandbox"
    sleep 0.1
done
ESA_API_BASE_URL=$(part esa)
ESA_ACCESS_TOKEN=$(part token)
export ESA_API_BASE_URL ESA_ACCESS_TOKEN
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1

say "1. esa を写す。載せる先は、手で保守してきた「サーバ一覧」（esa:1226）です"
run kb init --team adteam --no-redmine --yes
run kb sync
run kb show esa:1226

say "2. サーバーの一覧（CSV）から、構成図のもとを作る"
cat > hosts.csv << 'END'
host,ip,role,owner
adsv-prd-web-01,192.0.2.11,配信 API,配信チーム
adsv-prd-web-02,192.0.2.12,配信 API,配信チーム
adsv-prd-db-01,192.0.2.21,MySQL,基盤チーム
adsv-prd-redis-01,192.0.2.31,Redis,基盤チーム
batch-01,192.0.2.41,集計・請求バッチ,
END
run kb diagram init --from hosts.csv
git init --quiet .
git add diagrams
git -c user.name=kb -c user.email=kb@localhost commit --quiet -m "一覧から作った下書き"

say "3. 直す。題名、載せる記事、担当、つながりを書き足します（ふだんはエディターで）"
perl -pi -e 's/^title = .*/title = "広告配信"\nesa_post = 1226\ntext_form = "mermaid"/; s/^owner = ""/owner = "配信チーム"/' \
    diagrams/system.toml
cat >> diagrams/system.toml << 'END'

[[edge]]
from = "adsv-prd-web"
to = "adsv-prd-db"
label = "入札"

[[edge]]
from = "batch"
to = "adsv-prd-db"
label = "集計"
sync = false
END
tell kb diagram diff HEAD
git -c user.name=kb -c user.email=kb@localhost commit --quiet -am "担当とつながり"

say "4. 描いて、点検する"
run kb diagram build
tell kb diagram check --fail-on info

say "5. 何を送るかを見る。まだ何も送りません"
run kb diagram publish --insert top --dry-run

say "6. 載せる。はじめの 1 回は場所を決めます。元の表はそのまま残ります"
note first.log kb diagram publish --insert top --yes

say "7. もう一度。変わっていないので、何も送りません"
run kb diagram publish

say "8. サーバーが増えた。もとを直して、変わるところを見る"
cat >> diagrams/system.toml << 'END'

[[node]]
id = "report"
label = "レポート"
kind = "server"
owner = "配信チーム"

[[edge]]
from = "report"
to = "adsv-prd-db"
END
tell kb diagram diff HEAD --picture diff.svg --picture diff.png

say "9. 載せ直す。変わった図だけが送られます"
git -c user.name=kb -c user.email=kb@localhost commit --quiet -am "レポートを足す"
note second.log kb diagram publish --yes
run kb history last

say "10. 実物と照らし合わせる。aws が印刷したままのファイルを渡します（ふだんは aws ec2 describe-instances > ec2.json）"
cat > ec2.json << 'END'
{"Reservations": [{"Instances": [
  {"InstanceId": "i-0a1", "PrivateIpAddress": "192.0.2.11", "State": {"Name": "running"},
   "Tags": [{"Key": "Name", "Value": "adsv-prd-web-01"}]},
  {"InstanceId": "i-0a2", "PrivateIpAddress": "192.0.2.12", "State": {"Name": "running"},
   "Tags": [{"Key": "Name", "Value": "adsv-prd-web-02"}]},
  {"InstanceId": "i-0b1", "PrivateIpAddress": "192.0.2.41", "State": {"Name": "running"},
   "Tags": [{"Key": "Name", "Value": "batch-01"}]},
  {"InstanceId": "i-0f9", "PrivateIpAddress": "192.0.2.99", "State": {"Name": "running"},
   "Tags": [{"Key": "Name", "Value": "report-ftp-old"}]}
]}]}
END
run kb diagram collect ec2 --from ec2.json
tell kb diagram check --drift --fail-on warning

say "11. だれも知らない 1 台を、図の下書きと、知っている人への質問に"
run kb diagram adopt
run kb diagram check --drift --draft SYS211

say "12. 違いに印を付けた図を描く。手元の .kb/pictures にだけ書かれ、esa に載る図は変わりません"
run kb diagram build --drift

say "13. 元に戻す。新しいものから。アップロードしたファイルは esa に残ります"
run kb undo "$(sed -n 's/^元に戻すには: kb undo //p' second.log)" --yes
run kb undo "$(sed -n 's/^元に戻すには: kb undo //p' first.log)" --yes

say "14. 記事は、はじめのとおりです"
run kb sync
run kb show esa:1226
echo
echo "図は diagrams/pictures/all.html と .kb/pictures/all.html をブラウザーで開くと見られます。作業フォルダー: $PWD（偽の esa はここで止まります）"
