"""The list of machines outside EC2 that people keep by hand."""

from __future__ import annotations

from kb.sandbox.team.estate.machines import EstateTime

# Host, address, role, owner, and how many days before the four weeks somebody last looked.
_ROWS = (
    ("adsv-prd-db-01", "10.20.80.11", "MySQL（RDS、書き込み）", "真鍋", 20),
    ("adsv-prd-db-02", "10.20.80.12", "MySQL（RDS、読み取り）", "真鍋", 20),
    ("old-ad-vps", "198.51.100.23", "旧ドメインの受け口？", "", 1090),
)


def print_list(time: EstateTime) -> bytes:
    """Return the list as CSV."""
    rows = [f"{host},{ip},{role},{owner},{time.before(days):%Y/%m/%d}" for host, ip, role, owner, days in _ROWS]
    return "\n".join(["ホスト名,IP,役割,担当,確認日", *rows, ""]).encode()
