"""Makes docs/walkthrough-week.ja.md and its pictures from the demo's team: one Monday of somebody who owns pages.

The picture of docs/drift.md, of the same team, is drawn with them.

python docs/make_walkthrough.py           tell whether the page is what the commands print; exit code 1 when it is not
python docs/make_walkthrough.py --write   write the page, and take the pictures (Chromium, Noto CJK fonts, Pillow)
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from kb.clock import NOW_VARIABLE
from kb.sandbox.demo.estate import write_listings, write_model
from kb.sandbox.demo.process import RunningSandbox, run_sandbox
from kb.sandbox.demo.steps import step_environment
from kb.sandbox.team import build, write
from kb.sandbox.team.weeks import first_monday, weeks
from kb.sandbox.team.words import JST

DOCS = Path(__file__).parent
PAGE = DOCS / "walkthrough-week.ja.md"
NOW = datetime(2026, 11, 26, 10, 0, tzinfo=JST)
MEMBER, PAGE_OF_HERS = "小野", "inc-jar-mismatch"
COLUMNS = 92
KB = (sys.executable, "-m", "kb")
MEASURE = "- [ ] 動いている jar の一覧を毎週の点検に入れる（担当: 小野、期限: 2026/12/18）"
END = 5
"""Lines of a long output's end that the page holds."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its heading, the command (or what is done in esa instead), what one sees, what to do next.

    `pictures` are names below docs/images with what they show; `keep` is how many lines of output the page holds.
    """

    heading: str
    words: str
    sees: str
    then: str
    pictures: tuple[tuple[str, str], ...] = ()
    keep: int = 60
    fine: tuple[int, ...] = (0,)


@dataclass(slots=True)
class Walked:
    """What the steps printed, in their order, and what stood in esa after one was published."""

    printed: list[str] = field(default_factory=list)
    post: str = ""
    page: str = ""


STEPS = (
    Step(
        "チームの 1 週間を見る",
        "kb report",
        "2 行目が週の増減です。直った数と、いま残っている数がわかります。"
        "番号の付いた行が、今日すること（3 つまで）です。",
        "行の終わりの `→` のあとが、次に打つコマンドです。自分の分だけを見るには、次へ。",
        (("week-report", "端末に出た週報"),),
    ),
    Step(
        "自分の分だけを見る",
        f"kb report --for {MEMBER}",
        "自分が担当の記事とチケットだけで作った週報です。名前は、氏名でも、esa の名前でもかまいません。",
        "番号の付いた行から始めます。ひとつずつの指摘は、次のコマンドで並びます。",
        (("week-mine", "自分の分の週報"),),
    ),
    Step(
        "自分の指摘と、次にすることを読む",
        f"kb lint --for {MEMBER}",
        "1 件ごとに、規則の番号、次にすること、ページの番号（`esa:1504:14` は 1504 番の記事の 14 行目）が並びます。"
        "上のものほど急ぎます。",
        "いちばん上の `esa:1504` から始めます。なぜ言われているのかを、先に読んでおきます。",
        (("week-lint", "自分の指摘の一覧"),),
        fine=(0, 1),
    ),
    Step(
        "なぜ言われているのかを読む",
        "kb explain INC402",
        "規則の理由と、直す前・直したあとの例です。",
        "例と同じ形（何を、誰が、いつまでに）で、esa の記事を書き足します。",
    ),
    Step(
        "esa で記事を直す",
        "",
        "ブラウザーで 1504 番の記事を開き、「再発防止」の「不明（jar の由来が分かってから）」を、"
        "次のように書き直します。kb は使いません。いつもの esa の画面です。\n\n"
        f"```text\n{MEASURE}\n```",
        "保存したら、直ったことを確かめます。",
    ),
    Step(
        "直ったことを確かめる",
        f"kb sync && kb lint --for {MEMBER} --select INC402",
        "INC402 が 0 件になりました。今週の週報では「直った指摘」に入ります。",
        "残りは、また時間のあるときに。急がないものは `kb triage` で後回しにもできます。",
    ),
    Step(
        "1 枚のページで見る",
        "kb report --week 2026-W47 --format html > week.html",
        "端末には、載せなかった文書の数だけが出ます。`week.html` をブラウザーで開くと、推移の図と、並べ替えや絞り込みの"
        "できる一覧があります。パソコンでもスマートフォンでも読めます。外には何も取りに行きません。\n\n"
        "数が端末の週報と少し違うのは、人に渡せるよう、メンバー全員に見えるものだけで作っているからです。",
        "数を押すと、その一覧へ移ります。上の欄に自分の名前を入れると、自分の行だけが残ります。",
        (("week-desktop", "パソコンで開いたところ"), ("week-phone", "スマートフォンで開いたところ")),
    ),
    Step(
        "esa に公開する",
        "kb report --week 2026-W47 --publish esa --insert bottom --yes",
        "チームの週報の記事に、kb の印にはさまれた区画として入ります。まわりの文章はそのままです。"
        "載るのはメンバー全員に見えるものだけで、載せなかった数も書かれます。"
        "`--yes` を付けなければ、送る前に中身を見せて、たずねます。",
        "表示されたアドレスを開いて確かめます。2 回目からは `--insert` は要らず、同じ内容なら何も送りません。",
        (("week-post", "esa の記事に入った週報（本文を画面にしたもの）"),),
        keep=18,
    ),
    Step(
        "元に戻す",
        "kb undo last --yes",
        "公開した区画が、記事からなくなりました。まわりの文章は、はじめのままです。",
        "送ったものは、いつでもこのように戻せます（`kb history` に記録があります）。届いた通知だけは、取り消せません。",
        (("week-undo", "元に戻したところ"),),
    ),
)


# -- the commands ---------------------------------------------------------------------------------


def walk(place: Path) -> Walked:
    """Play four weeks below `place`, then the steps on the Monday after; what each printed."""
    start = first_monday(NOW)
    team = build(start)
    folder = place / "team"
    folder.mkdir(parents=True)
    with run_sandbox(write(team, place / "data"), step_environment()) as sandbox:
        env = step_environment(sandbox.credentials) | {"COLUMNS": str(COLUMNS), "LC_ALL": "C.UTF-8"}
        _run(folder, sandbox, env, start, f"kb init --team {team.name} --redmine-url {sandbox.redmine} --yes")
        _monday(folder, sandbox, env, start)
        for week in weeks(start, team.numbers, team.posts):
            for deed in week.deeds:
                sandbox.clock(deed.at)
                sandbox.edit(deed.order)
            _monday(folder, sandbox, env, week.monday_after)
        monday = week.monday_after
        weekly = _weekly_post(sandbox)
        with (folder / "kb.toml").open("a", encoding="utf-8") as settings:
            settings.write(f"\n[report]\nesa_post = {weekly}\n")
        _run(folder, sandbox, env, monday, "kb sync")
        walked = Walked()
        for number, step in enumerate(STEPS):
            at = monday + timedelta(minutes=5 * number)
            if not step.words:
                sandbox.clock(at)
                sandbox.edit(_decided(team.numbers[f"post:{PAGE_OF_HERS}"], team.posts))
                walked.printed.append("")
                continue
            walked.printed.append(_run(folder, sandbox, env, at, step.words, step.fine))
            if "--publish" in step.words:
                walked.post = _body(sandbox, weekly)
        walked.page = (folder / "week.html").read_text(encoding="utf-8")
    return walked


def _monday(folder: Path, sandbox: RunningSandbox, env: Mapping[str, str], at: datetime) -> None:
    _run(folder, sandbox, env, at, "kb sync")
    _run(folder, sandbox, env, at, "kb lint --exit-zero")


def _run(
    folder: Path, sandbox: RunningSandbox, env: Mapping[str, str], at: datetime, line: str, fine: tuple[int, ...] = (0,)
) -> str:
    """What a command line prints on that day, as it would on any."""
    sandbox.clock(at)
    shell = f'kb() {{ {shlex.join(KB)} "$@"; }}; {line}'
    done = subprocess.run(
        ["bash", "-c", f"{{ {shell}; }} 2>&1"], cwd=folder, env={**env, NOW_VARIABLE: at.isoformat()},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in fine:
        raise SystemExit(f"$ {line}\n{done.stdout}\n{done.returncode}")
    return timeless(done.stdout)


def timeless(text: str) -> str:
    """Without what differs from run to run: seconds, ports, the names of runs."""
    text = re.sub(r"\b20\d{6}-(\d+)\b", r"20261123-\1", text)
    text = re.sub(r"[\d.]+ 秒", "0.5 秒", text)
    text = re.sub(r"http://127\.0\.0\.1:\d+", "https://redmine.example.jp", text)
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def _weekly_post(sandbox: RunningSandbox) -> int:
    body = "この文章はチームのものです。下の区画は、毎週月曜に kb が書き換えます。\n\n- 振り返りは月曜の定例で\n"
    fields = {"name": "ナレッジの週報", "category": "運用/週報", "tags": ["週報"], "wip": False, "body_md": body}
    made = sandbox.edit({"system": "esa", "action": "create", "as": "morishita", "fields": fields})
    return int(str(made["number"]))


def _body(sandbox: RunningSandbox, number: int) -> str:
    """A post's text as it stands in esa."""
    loopback = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with loopback.open(f"{sandbox.esa}/_sandbox/dump/esa") as answer:
        rows = (json.loads(line) for line in answer.read().decode().split("\n") if line)
        return next(str(row["body_md"]) for row in rows if row.get("number") == number)


def _decided(number: int, posts: tuple[dict[str, object], ...]) -> dict[str, object]:
    body = next(str(row["body_md"]) for row in posts if row["number"] == number)
    body = body.replace("不明（jar の由来が分かってから）", MEASURE)
    return {"system": "esa", "action": "update", "number": number, "as": "ono", "fields": {"body_md": body}}


def draw_drift(place: Path) -> bytes:
    """Return the picture of how the machines of a team that was walked with differ from its model, as PNG."""
    start = first_monday(NOW)
    folder = place / "team"
    env = step_environment() | {NOW_VARIABLE: NOW.isoformat()}
    write_model(folder, build(start), start)
    for source, listing in write_listings(folder, start, NOW).items():
        subprocess.run([*KB, "diagram", "collect", source, "--from", listing], cwd=folder, env=env, check=True)
    subprocess.run([*KB, "diagram", "build", "--drift"], cwd=folder, env=env, check=True)
    return (folder / ".kb" / "pictures" / "all.png").read_bytes()


# -- the page -------------------------------------------------------------------------------------

HEAD = """# 月曜の 5 分（画面つき）

<!-- docs/make_walkthrough.py が作るページです。手で直さず、そちらを直してください。 -->

週報を見て、自分の分を直し、チームに公開して、元に戻すまでを、画面つきで 1 歩ずつたどります。出てくるのは
[kb demo](demo.md) の架空のチームで、あなたは担当の小野さんです。日付は 2026 年 11 月 23 日の月曜日です。

自分の手元で試すときは、`kb demo` のあとに残るフォルダーで同じコマンドを打てます（`kb sync` と公開だけは、
動いている esa が要ります）。
"""

TAIL = """## このあと

| したいこと | 読むもの |
|---|---|
| 毎週、自動で動かす | [置いて動かす](schedule.md) |
| 担当の決め方を変える | [担当](owners.md) |
| 公開する先を決める、Slack に知らせる | [公開する](publishing.md) |
| 指摘を受け入れる、後回しにする | [kb triage](triage.md) |
| まとめて直す | [kb plan](plan.md) |
"""


def page(walked: Walked) -> str:
    """The page: each step's command, what it printed, what one sees, and what to do next."""
    parts = [HEAD]
    for number, (step, printed) in enumerate(zip(STEPS, walked.printed, strict=True), 1):
        parts.append(f"## {number}. {step.heading}\n")
        if step.words:
            parts.append(f"```text\n{shown(step, printed)}\n```\n")
        parts.append(f"{step.sees}\n")
        parts += [f"![{what}](images/{name}.png)\n" for name, what in step.pictures]
        parts.append(f"**次にすること**: {step.then}\n")
    return "\n".join([*parts, TAIL])


def shown(step: Step, printed: str) -> str:
    """A command with what it printed; of long outputs the beginning and the end."""
    lines = printed.splitlines()
    if len(lines) > step.keep:
        cut = len(lines) - step.keep
        lines = [*lines[: step.keep - END], f"…（{cut} 行を省略）", *lines[-END:]]
    return "\n".join([f"$ {step.words}", *lines])


def main(words: list[str]) -> int:
    """Check or write; the exit code."""
    with tempfile.TemporaryDirectory(prefix="kb-walk-") as folder:
        walked = walk(Path(folder))
        drift = draw_drift(Path(folder)) if "--write" in words else b""
    made = page(walked)
    if "--write" in words:
        PAGE.write_text(made, encoding="utf-8")
        from take_pictures import save, take

        save("drift", drift)
        take(
            [(shown(step, printed), step.pictures) for step, printed in zip(STEPS, walked.printed, strict=True)], walked
        )
        return 0
    current = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == made
    print("current" if current else f"{PAGE.name} is not what the commands print; run with --write")
    return 0 if current else 1


if __name__ == "__main__":
    os.environ.setdefault("PYTHONPATH", str(DOCS.parent))
    sys.exit(main(sys.argv[1:]))
