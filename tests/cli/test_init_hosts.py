"""`kb init` learns the hosts of a team as it names them, and `kb init --hosts` those of the mirror."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from properties import examples
from sample_rows import post, ticket
from servers import Sandbox, run_sandbox

from kb.cli.app import run
from kb.errors import Exit
from kb.model.host_names import HostNames, HostPage
from kb.reading.hosts.find_hosts import find_hosts
from kb.reading.hosts.learn import HostLearner, add_known
from kb.sandbox.team import build
from kb.settings.propose import render_hosts
from kb.settings.workspace import parse_settings

HOSTS = ("drawbridge", "web01", "app-prod-1", "batch02", "db.internal", "nas-osaka", "sql7")
PAGES = (
    (
        "運用/手順",
        "踏み台の入り方",
        "外からは drawbridge を通ります。\n```\n$ ssh drawbridge\n$ ssh -J drawbridge web01\n```",
    ),
    ("運用/手順", "リリース", "1. `web01` に SSH\n2. `sudo systemctl restart nginx`\n3. web01 の /var/log を見る"),
    ("運用/手順", "夜間バッチ", "batch02 で動きます。cron は root。失敗したら `batch02.sh` を手で。"),
    ("運用/手順", "DB の見方", "`psql -h db.internal -U app` で入る。db.internal は読むだけにする。"),
    (
        "運用/台帳",
        "サーバー一覧",
        "| ホスト | 用途 |\n|---|---|\n| web01 | Web |\n| app-prod-1 | API |\n| batch02 | 集計 |\n"
        "| sql7 | 旧 DB |\n| nas-osaka | 退避 |",
    ),
    ("不具合共有", "502 が出た", "app-prod-1 のメモリが足りず、nginx が 502。\n## 対応\napp-prod-1 を再起動。"),
    (
        "不具合共有",
        "集計が止まった",
        "`Nov 12 03:14:15 batch02 cron[812]: failed`\nbatch02 のディスクが満杯。python3 も更新。",
    ),
    ("不具合共有", "接続が切れる", "db.internal への接続が切れる。MySQL 8 の設定。Slack で連絡。"),
    ("議事録", "6/3", "- drawbridge の更改は 7 月\n- sql7 は年内に止める\n- Jenkins は残す\n- GitHub の権限を整理"),
    ("議事録", "6/10", "- sql7 のデータは nas-osaka へ\n- app-prod-1 を増やす\n- Sprint3 の振り返り"),
    ("日報", "6/4 佐藤", "nas-osaka に SSH できない。鍵を直した。sql7 のバックアップを nas-osaka に置いた。"),
    ("日報", "6/5 小野", "sql7 に入って古い表を消した。redis と nginx の設定。step2 まで済み。"),
)
SECRET = "payroll01 に SSH して給与を見る。payroll01 サーバーは人事だけ。`ssh payroll01`"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    rows = [
        post(number, category=place, name=title, body_md=body) for number, (place, title, body) in enumerate(PAGES, 1)
    ]
    rows += [post(90 + number, category="人事/面談", name=f"面談 {number}", body_md=SECRET) for number in range(4)]
    with run_sandbox("--profile", "nolimit", data=rows) as sandbox:
        yield sandbox


Call = Callable[..., str]


@pytest.fixture
def kb(box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    box.use(monkeypatch)
    monkeypatch.chdir(tmp_path)

    def call(*words: str, code: int = Exit.OK) -> str:
        capsys.readouterr()
        assert run(list(words)) == code
        said = capsys.readouterr()
        return said.out + said.err

    return call


def test_init_learns_what_this_team_calls_its_hosts(kb: Call, tmp_path: Path) -> None:
    said = kb("init", "--team", "docs", "--no-redmine", "--yes")
    text = (tmp_path / "kb.toml").read_text(encoding="utf-8")
    hosts = parse_settings(text).policy.hosts
    pages = "\n".join(f"{title}\n{body}" for _, title, body in PAGES)
    found = set(find_hosts(pages, hosts))
    assert len(found & set(HOSTS)) >= 6
    assert found <= set(HOSTS), "no ordinary word"
    assert "ホスト名      " in said
    assert "payroll01" not in text + said, "of pages about single people nothing gets into a file for git"


def test_the_mirror_and_an_inventory_tell_more(kb: Call, tmp_path: Path) -> None:
    (tmp_path / "kb.toml").write_text(
        '[esa]\nteam = "docs"\nlimited = ["日報/**", "人事/**"]\n[hosts]\nnames = ["old-one"]\n', encoding="utf-8"
    )
    assert "kb sync" in kb("init", "--hosts", code=Exit.USAGE)
    (tmp_path / "machines.csv").write_text("host,ip\nfw-tokyo,192.0.2.1\n192.0.2.9,192.0.2.9\n", encoding="utf-8")
    kb("sync")
    said = kb("init", "--hosts", "--inventory", "machines.csv")
    table = tomllib.loads(said[: said.index("kb.toml にない")])["hosts"]
    assert {"old-one", "fw-tokyo", "drawbridge", "db.internal"} <= set(table["names"])
    assert "payroll01" not in said
    assert "192.0.2.9" not in said
    assert "ファイルは書いていません" in said
    assert "old-one" in (tmp_path / "kb.toml").read_text(encoding="utf-8")
    said = kb("init", "--hosts", "--inventory", "none.csv", code=Exit.USAGE)
    assert "none.csv" in said


def test_names_of_the_system_model_are_hosts(kb: Call, tmp_path: Path) -> None:
    (tmp_path / "diagrams").mkdir()
    model = '[[node]]\nid = "fw"\nmatch = { host = ["fw-tokyo", "web-*"] }\n'
    (tmp_path / "diagrams" / "system.toml").write_text(model, encoding="utf-8")
    kb("init", "--team", "docs", "--no-redmine", "--yes")
    names = parse_settings((tmp_path / "kb.toml").read_text(encoding="utf-8")).hosts.names
    assert "fw-tokyo" in names
    assert "web-*" not in names


def test_of_the_hosts_found_in_the_demo_at_most_one_in_a_hundred_is_none() -> None:
    """Judged by the shapes the invented team says its hosts have, on all it wrote; learnt from the latest hundred."""
    from kb.commands.setup.init_hosts import learn_hosts
    from kb.secrets.mask_document import mask_text

    team = build(datetime(2026, 11, 29, tzinfo=UTC))
    rows = sorted(team.posts, key=lambda row: str(row["updated_at"]), reverse=True)
    pages = [
        HostPage(str(row["number"]), f"{row['category']}/{row['name']}", mask_text(row["body_md"])) for row in rows
    ]
    learnt = learn_hosts(pages[:100], [str(row["screen_name"]) for row in team.members], (), Path("none"))
    hosts = HostNames(learnt.pattern, learnt.listed, learnt.aliases)
    texts = [f"{row['name']}\n{row['body_md']}" for row in rows]
    texts += [f"{row['subject']}\n{row['description']}" for row in team.tickets]
    found = Counter(name for text in texts for name in find_hosts(text, hosts))
    right = re.compile(
        r"(?:adsv-(?:prd|stg)-)?(?:web|adm|trk|rep|db|redis|batch|mon)-[0-9]{2}|adsv-relay|adsv-ci-agent-2"
    )
    false = sum(count for name, count in found.items() if not right.fullmatch(name))
    assert found.total() > 100
    assert false <= found.total() / 100, found


def test_a_team_in_redmine_alone_learns_from_tickets_that_everybody_may_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = [
        "`ssh drawbridge` で入る",
        "drawbridge に入って web01 を見る。web01 の再起動",
        "drawbridge は踏み台。web01 に SSH",
    ]
    rows = [ticket(number, description=body) for number, body in enumerate(bodies, 1)]
    rows += [ticket(10 + number, description=SECRET, is_private=True) for number in range(4)]
    with run_sandbox("--profile", "nolimit", data=rows) as sandbox:
        sandbox.use(monkeypatch)
        monkeypatch.chdir(tmp_path)
        assert run(["init", "--redmine-url", sandbox.redmine, "--yes"]) == Exit.OK
    text = (tmp_path / "kb.toml").read_text(encoding="utf-8")
    assert set(parse_settings(text).hosts.names) == {"drawbridge", "web01"}
    assert "payroll01" not in text


def test_custom_fields_are_proposed_by_tickets_that_everybody_may_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = (
        {"種別": "障害"},
        {"種別": "作業"},
        {"種別": "三浦の障害", "相談": "障害"},
        {"相談": "作業"},
    )
    rows = [
        ticket(
            number,
            tracker={"id": 7, "name": "タスク"},
            custom_fields=[
                {"id": at, "name": name, "value": value} for at, (name, value) in enumerate(each.items(), 1)
            ],
            is_private=number > 2,
        )
        for number, each in enumerate(fields, 1)
    ]
    with run_sandbox("--profile", "nolimit", data=rows) as sandbox:
        sandbox.use(monkeypatch)
        monkeypatch.chdir(tmp_path)
        assert run(["init", "--redmine-url", sandbox.redmine, "--yes"]) == Exit.OK
    text = (tmp_path / "kb.toml").read_text(encoding="utf-8")
    assert parse_settings(text).incidents.fields == (("種別", ("障害",)),)
    assert "三浦" not in text


NAMES = "web-03 adsv-prd-web-03 web-03.lan adsv-prd-web-04 adsv-stg-db-1 b.web-03 NAS_1 倉庫機 web03"
WORDS = st.sampled_from(NAMES.split())
PAIRS = st.lists(st.tuples(WORDS, WORDS), max_size=2)


@given(st.lists(WORDS, max_size=8), st.lists(WORDS, max_size=3), PAIRS)
@settings(max_examples=examples(60))
def test_what_is_proposed_can_be_read_as_kb_toml(
    words: list[str], names: list[str], pairs: list[tuple[str, str]]
) -> None:
    learner = HostLearner((), names)
    for number in range(3):
        learner.add(f"手順 {number}", "\n".join(f"ssh {word}" for word in words))
    learnt = learner.learn()
    parse_settings(render_hosts(learnt))
    targets = {host for _, host in pairs}
    aliases = tuple((alias, host) for alias, host in dict(pairs).items() if alias not in targets)
    parse_settings(render_hosts(add_known(learnt, HostNames("", tuple(names), aliases))))
