#!/usr/bin/env bash
# 指摘から【完了】へ、そして元どおりへ。kb plan → review → apply → undo の一通りです。
#
#     bash docs/walkthrough-changes.sh [フォルダー]
#
# esa も Redmine もトークンも要りません。kb demo と同じ架空のチームを手元に立て、そこへ送って、元に戻します。
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
keep() { printf '\n$ %s > %s\n' "${*:2}" "$1"; "${@:2}" > "$1"; }
part() { sed -E "s/.*\"$1\": \"([^\"]+)\".*/\1/" sandbox.json; }

# 手元の esa と Redmine。あなたのトークンは使いません。
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
REDMINE_API_KEY=$(part api_key)
export ESA_API_BASE_URL ESA_ACCESS_TOKEN REDMINE_API_KEY
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1

say "1. 写して、点検する"
run kb init --team adteam --redmine-url "$(part redmine)" --yes
run kb sync
run kb lint --exit-zero --statistics
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
keep before.jsonl kb lint --exit-zero --format jsonl --now "$now"

say "2. 変更案を作る。まだ何も送りません"
run kb plan done

say "3. 確かめて、決める（端末で kb review done.toml と打てば、グループごとに y か n）"
run kb review done.toml --accept all

say "4. 予行: 今の esa と比べるだけ"
run kb apply done.toml --rehearse

say "5. 送る"
run kb apply done.toml

say "6. 終わったチケットも閉じる。一度に 50 件を超えるときは、件数を書いて許します"
run kb plan close
run kb review close.toml --accept all
run kb apply close.toml --allow "$(grep -c '^accept = true' close.toml)" --yes

say "7. 指摘が減っています"
run kb lint --exit-zero --statistics

say "8. 送ったもの（kb history last で、前の値とあとの値）"
run kb history

say "9. 元に戻す。新しいものから（実行の名前は、案の控え done.receipt.toml にも残ります）"
run kb undo last --yes
run kb undo "$(sed -n 's/^run = "\(.*\)"$/\1/p' done.receipt.toml)"

say "10. 読み直しても、指摘は 1 件も変わっていません"
run kb sync --full
keep after.jsonl kb lint --exit-zero --format jsonl --now "$now"
run cmp before.jsonl after.jsonl
echo "同じです。作業フォルダー: $PWD（偽の esa と Redmine はここで止まります）"
