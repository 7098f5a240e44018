"""The least rights that each source needs, as text to paste; each is what the methods that are called ask for."""

from __future__ import annotations

import json
from collections.abc import Iterable

from kb.estate.collect import codedeploy, ec2
from kb.estate.collect.zabbix.methods import METHODS
from kb.estate.drift.kinds import SourceKind


def _iam(actions: Iterable[str]) -> str:
    """Return a policy document of IAM; the actions take no resource but `*`."""
    statement = {"Sid": "KbCollect", "Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2) + "\n"


# https://www.zabbix.com/documentation/7.0/en/manual/web_interface/frontend_sections/users/user_roles
_ZABBIX = f"""\
# Zabbix: 専用のユーザー 1 人と、そのユーザーの API トークン / one user for kb, and an API token of it
ロール（ユーザー種別「ユーザー」） / role, user type "User":
  API へのアクセス: 有効、許可リスト / access to API: enabled, allow list:
    {"  ".join(METHODS)}
  画面とアクションは、すべて無効でかまいません / no UI element, no action
ユーザーグループ / user group:
  見るホストグループとテンプレートグループに「読み取り」 / "Read" on the host groups and template groups to be seen
トークンは環境変数 ZABBIX_API_TOKEN に置きます / put the token into ZABBIX_API_TOKEN
"""

POLICIES = {
    SourceKind.EC2: _iam(ec2.POLICY),
    SourceKind.CODEDEPLOY: _iam(codedeploy.POLICY),
    SourceKind.ZABBIX: _ZABBIX,
}
