"""The team's EC2 instances and deployment groups, as `aws` prints them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kb.sandbox.team.estate.machines import EstateMachine, EstateTime, format_utc, list_machines

ACCOUNT = "123456789012"
_PAGE = 14
"""Instances of the first page."""


def print_instances(time: EstateTime) -> list[bytes]:
    """Return the pages of `aws ec2 describe-instances`."""
    machines = list_machines(time)
    token = base64.b64encode(b'{"NextToken": null, "boto_truncate_amount": 14}').decode()
    first = {"Reservations": _reservations(time, machines[:_PAGE]), "NextToken": token}
    return [_print(first), _print({"Reservations": _reservations(time, machines[_PAGE:])})]


def _reservations(time: EstateTime, machines: Sequence[EstateMachine]) -> list[dict[str, Any]]:
    """Return machines as they were launched: those with the same tags together."""
    launches: dict[tuple[object, ...], list[EstateMachine]] = {}
    for each in machines:
        launches.setdefault((each.type, each.days, each.tags), []).append(each)
    return [
        {
            "ReservationId": "r-0" + launched[0].id[3:],
            "OwnerId": ACCOUNT,
            "Groups": [],
            "Instances": [_instance(time, each, number) for number, each in enumerate(launched)],
        }
        for launched in launches.values()
    ]


def _instance(time: EstateTime, machine: EstateMachine, number: int) -> dict[str, Any]:
    stopped = format_utc(time.before(machine.stopped_days, 19))[:19].replace("T", " ")
    name = [("Name", machine.name)] if machine.name else []
    return {
        "AmiLaunchIndex": number,
        "Architecture": "x86_64",
        "BlockDeviceMappings": [],
        "EbsOptimized": False,
        "ImageId": "ami-0" + hashlib.blake2b(machine.type.encode(), digest_size=8).hexdigest(),
        "InstanceId": machine.id,
        "InstanceType": machine.type,
        "LaunchTime": format_utc(time.before(machine.days)),
        "Monitoring": {"State": "disabled"},
        "NetworkInterfaces": [],
        "Placement": {"AvailabilityZone": "ap-northeast-1a", "GroupName": "", "Tenancy": "default"},
        "PrivateDnsName": f"ip-{machine.ip.replace('.', '-')}.ap-northeast-1.compute.internal",
        "PrivateIpAddress": machine.ip,
        "ProductCodes": [],
        "PublicDnsName": "",
        "RootDeviceName": "/dev/xvda",
        "RootDeviceType": "ebs",
        "SecurityGroups": [],
        "State": {"Code": 80, "Name": "stopped"} if machine.is_stopped else {"Code": 16, "Name": "running"},
        "StateTransitionReason": f"User initiated ({stopped} GMT)" if machine.is_stopped else "",
        "SubnetId": "subnet-0ad5e7f0a1b2c3d4e",
        "Tags": [{"Key": key, "Value": value} for key, value in (*name, *machine.tags)],
        "VirtualizationType": "hvm",
        "VpcId": "vpc-0ad5e7f0a1b2c3d4e",
    }


# Of a group: application, name, the tags it asks for, and how many days before the four weeks it last went well.
_GROUPS = (
    ("adsv-admin", "adsv-admin-prd", (("app", "admin"),), 12),
    ("adsv-delivery", "adsv-delivery-canary", (("app", "delivery-canary"),), 655),
    ("adsv-delivery", "adsv-delivery-prd", (("app", "delivery"), ("deploy", "prd")), 6),
    ("adsv-delivery", "adsv-delivery-prd-old", (("app", "delivery"), ("deploy", "prd-old")), 6),
    ("adsv-report", "adsv-report", (("app", "report"),), 330),
    ("adsv-tools", "dg-test-kurokawa", (("app", "test-kurokawa"),), 880),
    ("adsv-tracker", "adsv-tracker-bluegreen", (("app", "tracker"),), 33),
)


def print_deploy_groups(time: EstateTime) -> bytes:
    """Return what `aws deploy` prints, call after call, as `>>` leaves it."""
    apps = sorted({app for app, *_ in _GROUPS})
    answers: list[bytes] = [_print({"applications": apps})]
    for app in apps:
        groups = [each for each in _GROUPS if each[0] == app]
        answers += [
            _print({"applicationName": app, "deploymentGroups": [name for _, name, _, _ in groups]}),
            _print({"deploymentGroupsInfo": [_group(time, *each) for each in groups], "errorMessage": ""}),
        ]
    return b"".join(answers)


def _group(time: EstateTime, app: str, name: str, tags: Iterable[tuple[str, str]], days: int) -> dict[str, Any]:
    digest = hashlib.blake2b(f"{app}/{name}".encode(), digest_size=16).hexdigest()
    ended = format_utc(time.before(days, 15))
    return {
        "applicationName": app,
        "deploymentGroupId": f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:]}",
        "deploymentGroupName": name,
        "deploymentConfigName": "CodeDeployDefault.OneAtATime",
        "ec2TagFilters": [],
        "onPremisesInstanceTagFilters": [],
        "autoScalingGroups": [],
        "serviceRoleArn": f"arn:aws:iam::{ACCOUNT}:role/codedeploy",
        "triggerConfigurations": [],
        "lastSuccessfulDeployment": {
            "deploymentId": f"d-{digest[:9].upper()}",
            "status": "Succeeded",
            "endTime": ended,
            "createTime": ended,
        },
        "ec2TagSet": {"ec2TagSetList": [[_filter(key, value)] for key, value in tags]},
        "computePlatform": "Server",
    }


def _filter(key: str, value: str) -> dict[str, str]:
    return {"Key": key, "Value": value, "Type": "KEY_AND_VALUE"}


def _print(answer: Mapping[str, Any]) -> bytes:
    return (json.dumps(answer, ensure_ascii=False, indent=4) + "\n").encode()
