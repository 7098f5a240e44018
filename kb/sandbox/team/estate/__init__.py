"""What runs of the invented team, as the standard tools print it: not always what the team wrote down.

`list_estate` gives the listings at a time of the demo's four weeks: `aws` in pages, the API of Zabbix, the hosts
script, a git clone, and the list that people keep. Every time in them follows the first Monday.
"""

from __future__ import annotations

from datetime import datetime

from kb.sandbox.team.estate.aws import print_deploy_groups, print_instances
from kb.sandbox.team.estate.clone import write_repository
from kb.sandbox.team.estate.hosts import print_hosts
from kb.sandbox.team.estate.machines import EstateTime
from kb.sandbox.team.estate.people_keep import print_list
from kb.sandbox.team.estate.zabbix import print_calls

SOURCES = {
    "ec2": "listings/ec2",
    "codedeploy": "listings/codedeploy.json",
    "zabbix": "listings/zabbix.json",
    "hosts": "listings/hosts",
    "repos": "listings/repos",
    "csv": "listings/machines.csv",
}
"""Where the listing of each source is, below a workspace."""


def list_estate(start: datetime, at: datetime) -> dict[str, bytes]:
    """Return the listings at `at` as files below a workspace; `start` is the first Monday of the four weeks.

    The same two times give the same bytes.
    """
    time = EstateTime(start, at)
    clone, commits = write_repository(time)
    return {
        **{f"{SOURCES['ec2']}/page-{number}.json": page for number, page in enumerate(print_instances(time), 1)},
        SOURCES["codedeploy"]: print_deploy_groups(time),
        SOURCES["zabbix"]: print_calls(time),
        **{f"{SOURCES['hosts']}/{name}.txt": text for name, text in print_hosts(time, commits).items()},
        **{f"{SOURCES['repos']}/adsv-admin.git/{name}": data for name, data in clone.items()},
        SOURCES["csv"]: print_list(time),
    }
