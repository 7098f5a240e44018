"""What a runbook takes from procedures, notes and drafts: which pages are about the node, and what they say to type."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from reports.runbook.test_past import FIX, told
from together import together

from kb.diagram.model.toml import merge_texts
from kb.ingest.document import ingest
from kb.model.document import Document, Kind, Markup, Source
from kb.model.host_names import HostNames
from kb.model.masked import Masked
from kb.model.page import PagePolicy
from kb.plan.sections.block import render_block
from kb.reading.facts import read_facts
from kb.reports.model_nodes import ModelNodes
from kb.reports.runbook.about import NodeNames
from kb.reports.runbook.gather import RunbookBasis, RunbookNode, sort_procedures
from kb.reports.runbook.past import ToldLine
from kb.reports.runbook.procedures import ProcedureLines, ProcedurePage, read_procedure
from kb.reports.runbook.render import MAX_LISTED, MAX_PAGES, draft_runbook

MODEL = """
[[node]]
id = "api"
label = "配信 API"
[node.match]
host = ["api-*"]
[[node]]
id = "gw"
label = "配信 API ゲートウェイ"
[[node]]
id = "db"
label = "広告 DB"
"""
HOSTS = HostNames(pattern="(api|db)-[0-9]{2}")
NODES = ModelNodes(merge_texts([("system.toml", MODEL)]), hosts=HOSTS)
NAMES = NodeNames("api", "配信 API", NODES)
OUT_OF_USE = ("Archived", "Templates")  # not even read


def read(
    body: str, title: str = "配信 API 復旧手順", category: str = "運用", markup: Markup = Markup.MARKDOWN
) -> ProcedureLines:
    found = read_page(body, title, category, markup)
    assert found is not None
    return found


def read_page(body: str, title: str, category: str, markup: Markup = Markup.MARKDOWN) -> ProcedureLines | None:
    page = Document("esa:1", Source.ESA, Kind.POST, title, body=body, markup=markup, category=category)
    seen = ingest(page, reads=True)
    kind = read_facts(seen.document, PagePolicy(hosts=HOSTS), seen.structure).kind
    return read_procedure(seen.document, kind, seen.structure)


def cases() -> list[object]:
    lines = (Path(__file__).parent / "pages.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split(" | ", 3) for line in lines if not line.startswith("#")]
    return [pytest.param(*row, id=f"{row[2]} ({row[1]})") for row in rows]


@together(("wanted", "category", "title", "body"), cases())
def test_a_page_is_taken_by_what_it_is_called_and_by_what_it_says_to_type(
    wanted: str, category: str, title: str, body: str
) -> None:
    about = category.split("/")[0] not in OUT_OF_USE and NAMES.is_in(title, category)
    found = read_page(body.replace("⏎", "\n"), title, category) if about else None
    got = "none" if found is None else "steps" if found.steps else "restart" if found.restarts else "cited"
    assert got == wanted


def test_a_host_without_a_node_goes_by_the_name_of_its_family() -> None:
    names = NodeNames("adsv-prd-web-03", "", ModelNodes(hosts=HostNames(pattern="adsv-[a-z]+-[a-z]+-[0-9]{2}")))
    assert names.is_in("adsv-prd-web の再起動", "手順書")
    assert names.is_in("ADSV-PRD-WEB-03 の再起動", "手順書")
    assert not names.is_in("adsv-prd-web-01 の再起動", "手順書")
    assert not names.is_in("adsv-prd-webhook の再起動", "手順書")


@pytest.mark.parametrize(
    ("body", "commands"),
    [
        ("```\n# 受付を止める\ngate close -a\n# 開ける\ngate open -a\n```", ["gate close -a", "gate open -a"]),
        ("```\n$ poolctl set 20\nok\n[ops@api-01 ~]$ poolctl apply\n```", ["poolctl set 20", "poolctl apply"]),
        ("```sh\npoolctl set \\\n  --max 20 \\\n  --now\n```", ["poolctl set --max 20 --now"]),
        ("```yaml\npool: 20\nrun: curl -X POST x\n```\n\n`poolctl set 20 --now`", ["poolctl set 20 --now"]),
        ("`max_pool` を見て `poolctl set 20 --now`、また `poolctl set 20 --now`", ["poolctl set 20 --now"]),
        ("./recover.sh を打つ。`./recover.sh`", ["./recover.sh"]),
        ("> ```\n> poolctl set 20 --now\n> ```", ["poolctl set 20 --now"]),
        ("```\n./a.sh -x 対象日\nA -a\n```", ["./a.sh -x 対象日"]),
        ("`rm -r -f /tmp/A` と `rm -R -f /tmp/A`", ["rm -r -f /tmp/A", "rm -R -f /tmp/A"]),
        ("`poolctl set\u202e 20\x1b[31m --now`", ["poolctl set 20[31m --now"]),
    ],
)  # fmt: skip
def test_commands_are_what_somebody_types_each_once(body: str, commands: list[str]) -> None:
    assert [each.text for each in read(body).steps] == commands


@pytest.mark.parametrize("edited", [False, True])
def test_a_draft_that_kb_put_into_a_page_counts_once_somebody_edited_it(edited: bool) -> None:
    block = render_block("runbook-api", "## 直す\n\n1. `poolctl old --now`")
    block = block.replace("old", "mine") if edited else block
    found = read(f"{block}\n\n## 直す\n\n`poolctl new --now`\n").steps
    wanted = [("poolctl mine --now", 5), ("poolctl new --now", 11)]
    assert [(each.text, each.line) for each in found] == wanted[not edited :]


def test_textile_has_commands_too() -> None:
    found = read("h2. 復旧\n\n# @poolctl set 20 --now@\n\n<pre>\ngate open --all\n</pre>\n", markup=Markup.TEXTILE)
    assert [(each.text, each.line) for each in found.steps] == [("poolctl set 20 --now", 3), ("gate open --all", 6)]


@pytest.mark.parametrize(
    ("commands", "restarts"),
    [
        ("systemctl restart api", True),
        ("sudo systemctl stop api\nsudo systemctl start api", True),
        ("ssh api-01 'ps aux | grep api'\nssh api-01 'sudo systemctl restart api'", True),
        ("curl -s localhost/health && docker compose restart", True),
        ("kubectl rollout restart deploy/api\nkubectl rollout status deploy/api", True),
        ("sudo systemctl stop api\nsudo rm /var/run/api.pid\nsudo systemctl start api", False),
        ("redis-cli cluster failover\nsudo systemctl restart api", False),
        ("curl -X POST localhost/drain\nsudo systemctl restart api", False),
        ("echo 1 > /proc/sys/vm/drop_caches\nsudo systemctl restart api", False),
        ("ps aux | xargs kickit -a\nsudo systemctl restart api", False),
        ("sudo systemctl stop api", False),
        ("kubectl -n prd get pods\nkubectl -n prd rollout restart deploy/api", True),
        ("kubectl -n prd delete pvc old\nkubectl -n prd rollout restart deploy/api", False),
    ],
)
def test_a_page_that_only_restarts_has_no_steps(commands: str, restarts: bool) -> None:
    found = read(f"```sh\n{commands}\n```")
    assert bool(found.restarts) is restarts
    assert bool(found.steps) is not restarts


@pytest.mark.parametrize("value", ["Kx9!vQ2mTz7p", "Kx9!vQ2mTz7pLw4rNd8sYb3u"])
def test_the_mask_of_a_value_does_not_tell_its_length(value: str) -> None:
    found = read(f"```sh\nmysql -h db-01 -u batch -p'{value}' adsv -e 'KILL QUERY 7'\n```")
    assert [each.text for each in found.steps] == ["mysql -h db-01 -u batch -p'********' adsv -e 'KILL QUERY 7'"]


# -- in a draft ---------------------------------------------------------------------------------------


def page(
    number: int, *steps: str, day: str = "2026-03-01", draft: bool = False, restarts: tuple[str, ...] = ()
) -> ProcedurePage:
    def lines(texts: tuple[str, ...]) -> tuple[ToldLine, ...]:
        return tuple(ToldLine(Masked(text), at, True) for at, text in enumerate(texts, 3))

    url = f"https://docs.esa.io/posts/{number}"
    return ProcedurePage(f"esa:{number}", url, Masked(f"復旧手順 {number}"), day, draft, lines(steps), lines(restarts))


def draft(*pages: ProcedurePage, incidents: tuple[str, ...] = (), here: str = "") -> str:
    basis = RunbookBasis(
        RunbookNode("api", "配信 API", NODES.model.node_by_id["api"]),
        tuple(told(at, f"2026-02-0{at}", FIX.format(fix)) for at, fix in enumerate(incidents, 1)),
        NODES,
        procedures=tuple(sort_procedures(pages)),
    )
    return draft_runbook(basis, "kb runbook api", here=here)


def cut(text: str, heading: str) -> str:
    return text.split(f"## {heading}\n")[1].split("\n## ")[0]


def test_commands_of_a_page_come_before_what_incidents_say_with_their_source() -> None:
    text = draft(page(12, "gate close --all", "poolctl set 20", draft=True), incidents=("1. 古い行を消した",))
    mend = cut(text, "直す")
    assert mend.index("### 手順 1: 復旧手順 12") < mend.index("### 手順 2: 配信が止まった")
    cited = "手順の記事: [esa:12](https://docs.esa.io/posts/12)（下書き、最後の編集 2026-03-01）"
    steps = "1. `gate close --all`（3 行目）\n2. `poolctl set 20`（4 行目）"
    assert f"{cited}\n\n下書きです。確かめてから使ってください。\n\n{steps}" in mend
    assert cut(text, "もとにした記録").strip().startswith("- [esa:12](https://docs.esa.io/posts/12) 復旧手順 12")
    assert "手順の記事 1 件と、障害の記事 1 件から並べた" in text


def test_a_command_stands_once() -> None:
    text = draft(
        page(12, "gate close --all", "poolctl set 20"),
        page(13, "poolctl set 20", day="2026-02-01"),
        page(14, "poolctl set 20", "gate open --all", day="2026-01-01"),
        incidents=("```\n$ gate close --all\n$ poolctl set 20\n```", "- 受付を止めた\n- `poolctl set 20`"),
    )
    mend = cut(text, "直す")
    assert mend.count("`poolctl set 20`") == 1
    assert mend.count("`gate close --all`") == 1
    assert "手順の記事: [esa:12](https://docs.esa.io/posts/12)（最後の編集 2026-03-01）、[esa:13]" in mend
    assert "前に戻したとき: [esa:1]" in mend
    assert "1. 手順 1 の 2 と同じコマンド（3 行目）\n2. `gate open --all`" in mend
    assert "1. 受付を止めた（5 行目）\n2. 手順 1 の 2 と同じコマンド（6 行目）" in mend


def test_a_page_of_a_restart_alone_is_cited_and_its_restart_is_no_step() -> None:
    text = draft(page(12, restarts=("systemctl restart api",)), page(13, "poolctl set 20"), incidents=("行を消した",))
    mend = cut(text, "直す")
    assert mend.index("復旧手順 13") < mend.index("復旧手順 12") < mend.index("手順 2: 配信が止まった")
    assert "systemctl restart api" not in mend
    assert "- [esa:12](https://docs.esa.io/posts/12) 復旧手順 12（最後の編集 2026-03-01）: 再起動だけの手順" in mend
    decide = cut(text, "決めておくこと")
    assert decide.startswith("\n再起動だけの手順の記事が 1 件あります。手順にはしていません。")
    assert "「`systemctl restart api`」（[esa:12](https://docs.esa.io/posts/12) 3 行目、2026-03-01）" in decide
    assert "再起動してはいけないのは" in decide


def test_pages_without_a_step_are_cited_before_incidents_too() -> None:
    mend = cut(draft(page(12), incidents=("行を消した",)), "直す").strip()
    assert mend.startswith(
        "手順の記事:\n\n- [esa:12](https://docs.esa.io/posts/12) 復旧手順 12（最後の編集 2026-03-01）: 直す"
    )
    assert "コマンドは書かれていない\n\n### 手順 1: 配信が止まった" in mend


def test_lists_of_pages_end() -> None:
    text = draft(*(page(at, f"poolctl set {at}") for at in range(100, 160)))
    assert cut(text, "直す").count("### 手順") == MAX_PAGES
    assert cut(text, "直す").count("ほかの記事が先") == MAX_LISTED
    assert "- ほか 32 件" in cut(text, "直す")
    assert cut(text, "もとにした記録").count("[esa:") == MAX_LISTED
    assert "- ほか 40 件" in cut(text, "もとにした記録")


def test_incidents_are_listed_to_an_end_too() -> None:
    many = tuple(f"設定 {at} を戻した" for at in range(MAX_LISTED + 3))
    assert "- ほか 3 件" in cut(draft(incidents=many), "もとにした記録")


def test_the_page_a_draft_goes_into_is_none_of_its_sources() -> None:
    assert "esa:12" not in draft(page(12, "poolctl set 20"), page(13, "gate open --all"), here="esa:12")


def test_the_runbook_of_the_node_comes_first_and_drafts_last() -> None:
    pages = [page(1, "a -b", draft=True, day="2026-05-01"), page(2, restarts=("reboot",)), page(3, "a -c"), page(4)]
    assert [str(each.doc) for each in sort_procedures(pages, "esa:4")] == ["esa:4", "esa:3", "esa:1", "esa:2"]


def test_titles_of_pages_are_no_markup() -> None:
    hostile = replace(page(12, "poolctl set 20"), title=Masked("落ちた](https://evil.example/) **<pre>** `x"))
    assert draft(hostile).count(r"落ちた\](https://evil.example/) \*\*&lt;pre>\*\* \`x") == 2


@pytest.mark.parametrize(
    "words", ["kubectl " + "-n " * 78, "sudo " + "-u sudo " * 28, "ssh a " * 39, "curl " + ">" * 230]
)
def test_no_command_takes_long_to_read(words: str) -> None:
    assert read(f"```sh\n{words}\nsystemctl restart api\n```")  # it would not end
