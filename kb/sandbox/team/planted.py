"""The credentials planted in the invented team. None was ever live.

Vendor tokens are assembled from parts, so that no file of this repository contains one; all are marked as not real.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlantedSecret:
    """A planted credential. `draft` is the key of its post, ticket or wiki page.

    `part` is body, comment, journal, old (a journal's old value) or version (an earlier text of a wiki page); `kind`
    is a name of `kb.secrets`.
    """

    key: str
    kind: str
    draft: str
    part: str
    value: str


PLANTED = (
    # The administrator's, in a ticket that every member of the project can read.
    PlantedSecret("admin", "password", "admin-account", "body", "Adsv-" + "Kanri#2021"),
    PlantedSecret("admin-old", "password", "admin-account", "old", "kanri" + "1234"),
    PlantedSecret(
        "db-batch",
        "connection_string",
        "design-batch-config",
        "body",
        "mysql://batch:" + "Kazaguruma77@adsv-prd-db-01:3306/adsv",
    ),
    PlantedSecret("mysql-cli", "password", "run-aggregate-rerun", "body", "Hotaru" + "_9031"),
    PlantedSecret(
        "slack-hook",
        "webhook_url",
        "mon-slack-channels",
        "comment",
        "https://hooks." + "slack.com/services/" + "T0DEM0TEAM/B0DEM0HOOK/" + "n0tL1ven0tL1ven0tL1ve24x",
    ),
    PlantedSecret("aws-id", "api_token", "u-miura-aws", "body", "AK" + "IA" + "N5TL5VEDEMOKB234"),
    PlantedSecret(
        "aws-secret", "api_token", "u-miura-aws", "body", "n0tL1ve" + "/dEmOdEmO" + "+kbKbKbKbKbKbKbKbKbKbK42"
    ),
    PlantedSecret("table", "password", "u-kurokawa-accounts", "body", "Tsubame" + "!rep55"),
    PlantedSecret("zabbix", "password", "mon-zabbix-login", "body", "zab" + "bix"),
    PlantedSecret(
        "github", "api_token", "jenkins-token", "journal", "gh" + "p_" + "n0tL1ve" + "DemoDemoDemoDemoDemoDemo12345"
    ),
    PlantedSecret("wide", "password", "report-ftp", "body", "Ｙｕｋｉ" + "２０２２"),
    PlantedSecret("vpn", "shared_key", "vpn-key", "journal", "adsv-" + "psk-" + "Minazuki18"),
    PlantedSecret(
        "wiki-basic", "basic_auth_url", "wiki-servers", "version", "https://adsv:" + "Sakuramochi3@stg.adteam.example/"
    ),
)
ESTATE_SECRET = "Momiji" + "gari#ftp7"
"""The password somebody wrote into a tag of an instance: in a listing, and in nothing kb keeps of it."""

VALUES = {planted.key: planted.value for planted in PLANTED}
