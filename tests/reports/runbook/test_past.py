"""What a runbook takes from one incident page: lines of the page, in its order; never a restart alone as a step."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kb.diagram.model.toml import merge_texts
from kb.ingest.document import ingest
from kb.lint.people.people import People
from kb.model.document import Document, Kind, Markup, Source
from kb.model.masked import Masked
from kb.reports.incidents.rows import CauseKind, FixKind, Incident, IncidentStatus, PreventionKind
from kb.reports.model_nodes import ModelNodes
from kb.reports.runbook.gather import RunbookBasis, RunbookNode, ToldIncident
from kb.reports.runbook.names import NameRemover
from kb.reports.runbook.past import PastIncident, is_command, read_past_incidents
from kb.reports.runbook.render import MAX_FIXES, draft_runbook, fold_procedures

CORPUS = Path(__file__).parents[2] / "corpus"
RESTART = "fix-restart-only"


def page(body: str, markup: Markup = Markup.MARKDOWN, number: int = 1) -> Document:
    source, kind = (Source.REDMINE, Kind.TICKET) if markup is Markup.TEXTILE else (Source.ESA, Kind.POST)
    return Document(f"{source}:{number}", source, kind, "配信が止まった", body=body, markup=markup)


def read(body: str, markup: Markup = Markup.MARKDOWN) -> PastIncident:
    """The first incident of a page, its secrets masked as a runbook's are."""
    seen = ingest(page(body, markup), reads=True)
    return read_past_incidents(seen.document, Masked("配信が止まった"), seen.structure)[0]


def steps(body: str, markup: Markup = Markup.MARKDOWN) -> list[str]:
    return [each.text for each in read(body, markup).steps]


FIX = "## 原因\n接続の上限が 50 のままで、再試行が溢れた。\n\n## 対応\n{}\n\n## 再発防止\n- 上限を監視する\n"


def test_steps_stand_in_the_order_of_the_page_each_with_its_line() -> None:
    told = read(
        FIX.format("1. 入口で受付を止めた\n2. プールの上限を 50 から 20 に下げた\n3. 再起動した\n4. 受付を開けた")
    )
    assert [each.text for each in told.steps] == [
        "入口で受付を止めた",
        "プールの上限を 50 から 20 に下げた",
        "再起動した",
        "受付を開けた",
    ]
    assert [each.line for each in told.steps] == [5, 6, 7, 8]
    assert told.restarts == ()


@pytest.mark.parametrize(
    "fix",
    [
        "api-01 を再起動した。",
        "プロセスを立ち上げ直した",
        "- 03:10 api-01 を再起動\n- 03:12 復旧を確認",
        "api-01 を再起動して流し直した",
        "`systemctl restart api` で復旧",
        "```\n$ sudo systemctl restart api\n```",
        "```\n$ kubectl rollout restart deploy/api\nrestarted\n$ kubectl get pods\napi-1 Running\n```",
        "- sudo shutdown -r now",
        "- aws ec2 reboot-instances --instance-ids i-0abc",
        "| 時刻 | 対応 |\n|---|---|\n| 03:10 | api-01 を再起動した |",
        "Restarted the API server.",
    ],
)
def test_a_fix_that_only_restarts_is_no_step(fix: str) -> None:
    told = read(FIX.format(fix))
    assert told.steps == ()
    assert told.restarts != ()


def test_a_restart_that_only_a_permanent_fix_stands_beside_is_still_no_step() -> None:
    body = "## 原因\nメモリ不足\n\n## 暫定対応\napi-01 を再起動した\n\n## 恒久対応\nヒープを 2GB から 4GB に増やした\n"
    told = read(body)
    assert told.steps == ()
    assert [each.text for each in told.restarts] == ["api-01 を再起動した"]
    assert [each.text for each in told.lasting] == ["ヒープを 2GB から 4GB に増やした"]


def test_what_is_still_open_is_no_step() -> None:
    told = read(FIX.format("TODO"))
    assert (told.steps, told.restarts) == ((), ())


def test_how_things_are_is_no_step() -> None:
    assert steps(FIX.format("8081 を ALB から外した。jar はまだ動いています。差額は出ていない。")) == [
        "8081 を ALB から外した。"
    ]


def test_commands_are_code_without_prompts_and_without_what_they_print() -> None:
    body = FIX.format(
        "古い版を消した。\n\n```\n$ sudo rm -r /opt/app/old\n$ df -h /\n/dev/sda1 20G 8G\n```\n\n- git pull --ff-only"
    )
    told = read(body)
    assert [(each.text, each.is_code) for each in told.steps] == [
        ("古い版を消した。", False),
        ("sudo rm -r /opt/app/old", True),
        ("df -h /", True),
        ("git pull --ff-only", True),
    ]


def test_textile_becomes_markdown() -> None:
    body = "h2. 原因\n\n上限が 50 だった。\n\nh2. 対応\n\n# @/etc/pool.conf@ の上限を 20 に下げた\n# 反映した\n"
    assert steps(body, Markup.TEXTILE)[:1] == ["`/etc/pool.conf` の上限を 20 に下げた"]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("sudo systemctl restart api", True),
        ("$ ls", True),
        ("[ops@api-01 ~]$ df -h", True),
        ("./bin/reload --all", True),
        ("curl -s http://127.0.0.1:8080/health", True),
        ("cat /proc/meminfo | grep Swap", True),
        ("restarted the api server", False),
        ("Rolled back to 2.11.1.", False),
        ("プールを 20 に下げた", False),
        ("fixed", False),
        ("a" * 5000, False),
        ("a -" * 3000, False),
    ],
)
def test_a_command_is_told_from_a_sentence_by_its_form(text: str, command: bool) -> None:
    assert is_command(text) is command


@pytest.mark.parametrize("value", ["Kx9!vQ2mTz7p", "Kx9!vQ2mTz7pLw4rNd8sYb3u"])
def test_a_secret_in_a_step_is_masked_and_not_even_its_length_is_told(value: str) -> None:
    shown = steps(FIX.format(f"- 管理画面のパスワード: {value} を入れ直し、上限を 20 に下げた"))
    assert shown == ["管理画面のパスワード: ******** を入れ直し、上限を 20 に下げた"]


def test_checks_are_what_somebody_looked_at_and_commands_that_change_nothing() -> None:
    body = (
        "## 経緯\n- 18:10 5xx が 3% を超える\n- 18:16 Full GC が 12 秒続いていることを確認\n"
        "- 18:31 5xx が平常に戻る\n\n"
        "## 調査\n`jstat -gcutil` で見ると老年世代が 99% だった\n\n"
        "## 原因\nリリース順を確かめる手順がなかった。ディスク監視は `/var` だけを見ていた。\n\n"
        "## 対応\n取り込みを止めた\n"
    )
    told = read(body)
    assert [each.text for each in told.checks] == [
        "Full GC が 12 秒続いていることを確認",
        "`jstat -gcutil` で見ると老年世代が 99% だった",
    ]
    assert [each.text for each in told.restored] == ["5xx が平常に戻る"]


def test_an_hour_in_a_sentence_stays() -> None:
    told = read("## 事象\n0時台の約12分間、広告が出続けた。\n\n## 対応\n期限に揺らぎを足した\n")
    assert [each.text for each in told.signs] == ["0時台の約12分間、広告が出続けた。"]


# -- persons ------------------------------------------------------------------------------------------

PEOPLE = People(members={"sato": "佐藤 健", "ono": "小野 遥"}, former={"kurokawa": "黒川 修"})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("佐藤さんがプールを下げた", "担当者がプールを下げた"),
        ("黒川 修さんの予定表を見た", "担当者の予定表を見た"),
        ("crontab -u kurokawa -l", "crontab -u 担当者 -l"),
        ("上限を下げた（小野、佐藤 健）", "上限を下げた"),
        ("田中さんに確かめた", "担当者に確かめた"),
        ("＠sato に頼んだ", "担当者 に頼んだ"),
        ("@nobody に頼んだ", "nobody に頼んだ"),
        ("お客さんに知らせた", "お客さんに知らせた"),
        ("プールを 50 から 20 に下げた", "プールを 50 から 20 に下げた"),
    ],
)
def test_no_person_is_named(text: str, shown: str) -> None:
    assert NameRemover(PEOPLE).remove(Masked(text)) == shown


# -- several incidents --------------------------------------------------------------------------------


def row(number: int, day: str) -> Incident:
    return Incident(
        *(f"esa:{number}", f"https://docs.esa.io/posts/{number}", Masked("配信が止まった"), Masked("不具合共有"), day),
        *(True, IncidentStatus.OPEN, CauseKind.GOOD, FixKind.CHANGE, PreventionKind.MISSING),
        *(0, 0, (), "", 1, (), (), (), ("api-01",)),
        visibility=2,  # type: ignore[arg-type]
    )


def told(number: int, day: str, body: str) -> ToldIncident:
    return ToldIncident(row(number, day), read(body))


A = FIX.format("1. 受付を止めた\n2. 上限を 20 に下げた\n3. 受付を開けた")
SHORTER = FIX.format("- 上限を　20 に下げました。\n- 受付を開けた")
OTHER = FIX.format("- 古いファイルを消した")
RESTART = FIX.format("api-01 を再起動した")


def test_a_fix_that_another_holds_is_folded_into_it_with_both_as_sources() -> None:
    found = fold_procedures([told(3, "2026-03-03", SHORTER), told(2, "2026-02-02", OTHER), told(1, "2026-01-01", A)])
    assert [[each.text for each in one.steps] for one in found] == [
        ["受付を止めた", "上限を 20 に下げた", "受付を開けた"],
        ["古いファイルを消した"],
    ]
    assert [[str(each.row.doc) for each in one.told] for one in found] == [["esa:3", "esa:1"], ["esa:2"]]


def test_no_more_fixes_are_told_apart_than_are_shown() -> None:
    many = [told(at, "2026-01-01", FIX.format(f"設定 {at} を戻した")) for at in range(MAX_FIXES + 5)]
    assert len(fold_procedures([*many, *many])) == MAX_FIXES


MODEL = """
[[node]]
id = "api"
label = "配信 API"
owner = "配信チーム"
[[node]]
id = "db"
label = "広告 DB"
[[edge]]
from = "api"
to = "db"
[[channel]]
id = "alert"
label = "#ad-alert"
of = ["api"]
why = "配信が止まる"
"""


def basis(*incidents: ToldIncident) -> RunbookBasis:
    model = ModelNodes(merge_texts([("system.toml", MODEL)]))
    node = model.model.node_by_id["api"]
    return RunbookBasis(RunbookNode("api", "配信 API", node), incidents, model, owner="配信チーム")


def test_a_draft_leads_from_signs_to_checks_to_what_restored_it_to_whom_to_call() -> None:
    draft = draft_runbook(basis(told(2, "2026-02-02", A), told(1, "2026-01-01", RESTART)), "kb runbook api")
    heads = [line for line in draft.splitlines() if line.startswith("#")]
    assert heads == [
        "# 配信 API の手順書（下書き）",
        "## 気づくきっかけ",
        "## 影響",
        "## 確かめる",
        "## 直す",
        "### 手順 1: 配信が止まった",
        "## 決めておくこと",
        "## 直らないとき",
        "## もとにした記録",
    ]
    assert "前に戻したとき: [esa:2](https://docs.esa.io/posts/2)（2026-02-02）" in draft
    assert "2. 上限を 20 に下げた（6 行目）" in draft
    assert "これが使うもの（先に落ちていないか）: 広告 DB" in draft
    assert "- 連絡先: 配信チーム\n- 知らせが届くところ: #ad-alert（配信が止まる）" in draft
    mend, decide = draft.split("## 決めておくこと")
    assert "再起動" not in mend.split("## 直す")[1]
    assert "「api-01 を再起動した」（[esa:1](https://docs.esa.io/posts/1) 5 行目、2026-01-01）" in decide
    assert "再起動の前に、何を確かめ" in decide
    assert "再起動してはいけないのは" in decide


def test_titles_and_steps_are_no_markup_of_the_page_they_are_put_into() -> None:
    step = "<b>上限</b>を <https://docs.esa.io/posts/3> の `List<Path>` に下げた <details>"
    titled = replace(row(2, "2026-02-02"), title=Masked("落ちた](https://evil.example/) **<pre>** `x"))
    draft = draft_runbook(basis(ToldIncident(titled, read(FIX.format(f"1. {step}")))), "kb runbook api")
    kept = "1. &lt;b>上限&lt;/b>を <https://docs.esa.io/posts/3> の `List<Path>` に下げた &lt;details>（"
    assert kept in draft
    shown = r"落ちた\](https://evil.example/) \*\*&lt;pre>\*\* \`x"
    assert draft.count(shown) == draft.count("落ちた") == 3


def test_a_draft_says_what_was_left_out() -> None:
    draft = draft_runbook(replace(basis(told(1, "2026-01-01", A)), hidden=2, more=3), "kb runbook api")
    assert "読める人が限られた障害 2 件は、使っていません。" in draft
    assert "古い 3 件は読んでいません。" in draft


def test_without_incidents_it_is_the_blank_form_with_what_the_diagram_knows() -> None:
    draft = draft_runbook(basis(), "kb runbook api")
    assert "白紙の雛形" in draft
    assert "- 連絡先: 配信チーム" in draft
    assert "## 決めておくこと" not in draft


def count_restarts_told_as_steps() -> Counter[str]:
    """Count by labelled set the settled fixes by a restart alone of which a runbook makes a step."""
    found = Counter[str]()
    for labels in sorted(CORPUS.glob("*/labels.jsonl")):
        wanted = {
            row["id"]: lines
            for row in read_rows(labels)
            if (lines := [each for each in row.get("findings", ()) if each["rule"] == RESTART])
        }
        for row in read_rows(labels.parent / "docs.jsonl") if wanted else ():
            settled = [each for each in wanted.get(row["id"], ()) if not each.get("debatable")]
            if not settled:
                continue
            textile = row.get("markup") == "textile"
            document = page(row["body" if textile else "body_md"], Markup.TEXTILE if textile else Markup.MARKDOWN)
            seen = ingest(replace(document, category=row.get("category") or ""), reads=True)
            past = read_past_incidents(seen.document, Masked("障害"), seen.structure)
            steps = [step.line for each in past for step in each.steps]
            for label in settled:
                first, last = label["section"] or (label["line"], label["line"])
                found[labels.parent.name] += any(first <= line <= last for line in steps)
    return +found


def read_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def test_no_restart_of_a_labelled_set_becomes_a_step() -> None:
    assert count_restarts_told_as_steps() == Counter()
