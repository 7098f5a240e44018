"""What of the system is one person's: by the diagram, by rules on owners, by names, and by what runs."""

from __future__ import annotations

import re

from kb.diagram.model.nouns import AlertChannel, Model, Node, NodeMatch, SystemIgnore
from kb.estate.drift.items.csv_list import CsvItems, ListedMachine
from kb.estate.drift.items.ec2 import Ec2Items, Instance
from kb.estate.drift.items.files import Jar
from kb.estate.drift.items.hosts import Host, HostsItems
from kb.estate.drift.items.processes import Container, CronLine, Process, RestartPolicy, ServiceProcess
from kb.estate.drift.kinds import InstanceState, SectionState
from kb.lint.people.ownership import Owners, compile_owner_rule
from kb.lint.people.people import People
from kb.reports.handover.machines import Logins, Machines, list_nodes
from kb.reports.handover.nouns import HeldNode

NO_MODEL = Model()
PEOPLE = People({"sato": "佐藤 健", "ono": "小野 遥"})
READ = dict.fromkeys(("ps", "units", "cron", "containers", "restart", "jars"), SectionState.OK)


def held(member: str = "sato", model: Model = NO_MODEL, *items: object, owners: Owners | None = None) -> list[HeldNode]:
    person = PEOPLE.person(member)
    machines = Machines(items)  # type: ignore[arg-type]
    return list(list_nodes(person, Logins(person), owners or Owners(PEOPLE), model, machines))


def test_the_diagram_names_its_owners_who_vouched_and_who_made_a_channel() -> None:
    model = Model(
        nodes=(
            Node("api", "配信 API", owner="佐藤", runbook="https://docs.esa.io/posts/12"),
            Node("db", owner="基盤チーム", evidence="2026-11-20 佐藤: 管理画面で確認"),
            Node("old", owner="小野"),
            Node("tmp", match=NodeMatch(ec2_name=("tmp-sato-migrate",))),
        ),
        channels=(AlertChannel("alert", "#ad-alert", owner="小野", created_by="佐藤"), AlertChannel("x", owner="小野")),
        ignores=(SystemIgnore("no-owner", "legacy", "移管先を調整中", "2026-12-31", "佐藤"),),
    )
    found = held("sato", model)
    assert [each.name for each in found] == ["配信 API", "db", "tmp", "#ad-alert", "legacy"]
    assert found[0].runbook == "https://docs.esa.io/posts/12"


def test_rules_on_owners_and_the_steward_are_theirs() -> None:
    rules = (compile_owner_rule(("sato", "ono"), node="web-*"), compile_owner_rule(("ono",), place="運用/**"))
    owners = Owners(PEOPLE, rules, steward="sato")
    assert [each.name for each in held(owners=owners)] == ["web-*", "kb.toml [owners] steward"]
    assert [each.name for each in held("ono", owners=owners)] == ["web-*", "運用/**"]


def test_a_machine_is_theirs_by_its_name_a_tag_or_a_list() -> None:
    ec2 = Ec2Items((
        Instance("i-1", "tmp-sato-migrate", InstanceState.STOPPED),
        Instance("i-2", "batch-02", tags={"CreatedBy": "sato", "Name": "batch-02"}),
        Instance("i-3", "satori-web"),
        Instance("i-4", "web", tags={"owner": "小野"}),
    ))  # fmt: skip
    rows = CsvItems((ListedMachine("db-01", owner="佐藤"), ListedMachine("db-02", owner="")))
    assert [(each.name, each.runs) for each in held("sato", NO_MODEL, ec2, rows)] == [
        ("batch-02", True), ("tmp-sato-migrate", False), ("db-01", None),
    ]  # fmt: skip


def test_a_program_is_theirs_by_its_account_or_its_home_and_says_what_starts_it() -> None:
    host = Host(
        "batch-02", "2026-11-30T00:00:00Z", sections=READ,
        processes=(
            Process(10, "app", 5, 5, "/usr/bin/java -jar /home/sato/agg.jar"),
            Process(11, "sato", 5, 5, "/opt/x/run.sh"),
            Process(12, "app", 5, 5, "/usr/bin/java -jar /opt/api/api.jar"),
            Process(13, "app", 5, 5, "/usr/bin/java -jar /home/satoshi/b.jar"),
        ),
        jars=(Jar("/home/sato/agg.jar", "", 1), Jar("/opt/api/api.jar", "", 1), Jar("/home/satoshi/b.jar", "", 1)),
        services=(ServiceProcess(12, "api.service"),),
        cron=(
            CronLine("sato", "0 * * * *", "/opt/bin/sync.sh"),
            CronLine("root", "1 * * * *", "/home/sato/gone.sh", exists=False),
        ),
        containers=(Container("docker", "tmp_sato_3", state="running"), Container("docker", "web", state="running")),
        restarts=(RestartPolicy("tmp_sato_3", "always"),),
    )  # fmt: skip
    found = {each.name: each.says[0].en for each in held("sato", NO_MODEL, HostsItems((host,)))}
    assert found == {
        "batch-02 /home/sato/agg.jar": "no unit and no cron starts it",
        "batch-02 /opt/bin/sync.sh": "started by cron 0 * * * *",
        "batch-02 /home/sato/gone.sh": "cron 1 * * * * (the script is missing)",
        "batch-02 tmp_sato_3": "the container's name",
    }
    programs = {each.name: each.starts for each in Machines((HostsItems((host,)),)).programs}
    assert programs["api.jar"] == "api.service"
    assert programs["tmp_sato_3"] == "docker restart=always"


def test_nothing_is_theirs_by_a_part_of_a_word() -> None:
    person = PEOPLE.person("sato")
    logins = Logins(person)
    assert [word for word in ("sato", "sato2", "x-sato-1", "tmp_sato", "satori", "misato") if logins.are_in(word)] == [
        "sato", "sato2", "x-sato-1", "tmp_sato",
    ]  # fmt: skip
    assert re.escape("sato") in logins.pattern.pattern  # type: ignore[union-attr]
    assert not Logins(PEOPLE.person("誰でもない")).are_in("anything")
