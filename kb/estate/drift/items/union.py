"""The items of any source. Pure."""

from __future__ import annotations

from typing import TypeAlias

from kb.estate.drift.items.codedeploy import CodeDeployItems
from kb.estate.drift.items.csv_list import CsvItems
from kb.estate.drift.items.ec2 import Ec2Items
from kb.estate.drift.items.hosts import HostsItems
from kb.estate.drift.items.repos import ReposItems
from kb.estate.drift.items.zabbix import ZabbixItems

Items: TypeAlias = Ec2Items | CodeDeployItems | ZabbixItems | HostsItems | ReposItems | CsvItems
