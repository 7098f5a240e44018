"""The items of any source. Pure."""

from __future__ import annotations

from typing import TypeAlias

from kb.system.drift.items.codedeploy import CodeDeployItems
from kb.system.drift.items.csv_list import CsvItems
from kb.system.drift.items.ec2 import Ec2Items
from kb.system.drift.items.hosts import HostsItems
from kb.system.drift.items.repos import ReposItems
from kb.system.drift.items.zabbix import ZabbixItems

Items: TypeAlias = Ec2Items | CodeDeployItems | ZabbixItems | HostsItems | ReposItems | CsvItems
