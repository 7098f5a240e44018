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
last_run() { kb history --json | grep -oE '"run": "[^"]+"' | head -n 1 | cut -d '"' -f 4; }
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
kb lint --exit-zero --format jsonl --now "$now" > before.jsonl

say "2. 変更案を作る。まだ何も送りません"
run kb plan done -o done.toml

say "3. 確かめて、決める（端末なら kb review done.toml で、グループごとに y か n）"
run kb review done.toml --accept all

say "4. 予行: 今の esa と比べるだけ"
run kb apply done.toml --rehearse

say "5. 送る"
run kb apply done.toml
done_run=$(last_run)

say "6. 指摘が減っています"
run kb lint --exit-zero --statistics

say "7. 送ったもの"
run kb history
run kb history "$done_run"

say "8. 元に戻す"
run kb undo "$done_run"

say "9. 読み直しても、指摘は元のとおりです"
run kb sync --full
run kb lint --exit-zero --statistics
kb lint --exit-zero --format jsonl --now "$now" > after.jsonl
run cmp before.jsonl after.jsonl
