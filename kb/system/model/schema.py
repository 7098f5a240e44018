"""Kinds of nodes (a model's word, the label in pictures, the icon), and the model's JSON schema.

Icons are classes of the package `diagrams` (`aws.compute.EC2`), which a model may name itself. Labels are
always Japanese: the same model gives the same bytes.
"""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, Field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from kb.settings.toml import load_toml
from kb.system.model.nouns import ModelFile, ViewForm

CLASS_PATTERN: Final = re.compile(r"[a-z][a-z0-9]*\.[a-z][a-z0-9]*\.[A-Z][A-Za-z0-9]*")

NODE_KINDS: Final[dict[str, tuple[str, str]]] = {
    "alb": ("ALB", "aws.network.ALB"),
    "apache": ("Apache", "onprem.network.Apache"),
    "api": ("API", "programming.flowchart.PredefinedProcess"),
    "app": ("アプリ", "programming.flowchart.PredefinedProcess"),
    "athena": ("Athena", "aws.analytics.Athena"),
    "aurora": ("Aurora", "aws.database.Aurora"),
    "batch": ("バッチ", "programming.flowchart.Action"),
    "bigquery": ("BigQuery", "gcp.analytics.BigQuery"),
    "browser": ("利用者", "onprem.client.Client"),
    "clickhouse": ("ClickHouse", "onprem.database.ClickHouse"),
    "cloudfront": ("CloudFront", "aws.network.CloudFront"),
    "codedeploy": ("CodeDeploy", "aws.devtools.Codedeploy"),
    "command": ("コマンド", "programming.language.Bash"),
    "container": ("コンテナ", "onprem.container.Docker"),
    "dynamodb": ("DynamoDB", "aws.database.Dynamodb"),
    "ec2": ("EC2", "aws.compute.EC2"),
    "ecs": ("ECS", "aws.compute.ECS"),
    "elasticache": ("ElastiCache", "aws.database.ElastiCache"),
    "elasticsearch": ("Elasticsearch", "elastic.elasticsearch.Elasticsearch"),
    "external": ("外部サービス", "onprem.network.Internet"),
    "file": ("ファイル", "programming.flowchart.Document"),
    "fluentd": ("Fluentd", "onprem.aggregator.Fluentd"),
    "git": ("Git", "onprem.vcs.Git"),
    "github": ("GitHub", "onprem.vcs.Github"),
    "grafana": ("Grafana", "onprem.monitoring.Grafana"),
    "jenkins": ("Jenkins", "onprem.ci.Jenkins"),
    "kafka": ("Kafka", "onprem.queue.Kafka"),
    "kinesis": ("Kinesis", "aws.analytics.Kinesis"),
    "lambda": ("Lambda", "aws.compute.Lambda"),
    "module": ("部品", "programming.language.Python"),
    "mysql": ("MySQL", "onprem.database.MySQL"),
    "nginx": ("nginx", "onprem.network.Nginx"),
    "postgresql": ("PostgreSQL", "onprem.database.PostgreSQL"),
    "queue": ("キュー", "programming.flowchart.InternalStorage"),
    "rabbitmq": ("RabbitMQ", "onprem.queue.RabbitMQ"),
    "rds": ("RDS", "aws.database.RDS"),
    "redis": ("Redis", "onprem.inmemory.Redis"),
    "redshift": ("Redshift", "aws.analytics.Redshift"),
    "route53": ("Route 53", "aws.network.Route53"),
    "s3": ("S3", "aws.storage.S3"),
    "server": ("サーバー", "onprem.compute.Server"),
    "slack": ("Slack", "saas.chat.Slack"),
    "sqlite": ("SQLite", "generic.database.SQL"),
    "sqs": ("SQS", "aws.integration.SQS"),
    "ssh": ("踏み台", "onprem.compute.Server"),
    "ticket": ("チケット", "programming.flowchart.InternalStorage"),
    "tool": ("道具", "programming.flowchart.PredefinedProcess"),
    "user": ("人", "onprem.client.User"),
    "users": ("利用者", "onprem.client.Users"),
    "vps": ("VPS", "onprem.compute.Server"),
    "wiki": ("知識ベース", "programming.flowchart.MultipleDocuments"),
    "zabbix": ("Zabbix", "onprem.monitoring.Zabbix"),
}


def describe_kind(kind: str) -> str:
    """Return the label of a kind in pictures; a class has its own name."""
    return NODE_KINDS[kind][0] if kind in NODE_KINDS else kind.rpartition(".")[2]


def icon_class(kind: str) -> str:
    """Return the `diagrams` class of a kind's icon, "" for none."""
    return NODE_KINDS[kind][1] if kind in NODE_KINDS else kind


SYSTEM_CODES: Final = frozenset(
    {
        "ambiguous-match",
        "broken-link",
        "count-out-of-range",
        "dead-deploy-filter",
        "ghost-node",
        "ignore-expired",
        "lifecycle-unknown",
        "mention-nowhere",
        "missing-deploy-group",
        "no-owner",
        "no-runbook",
        "noisy-trigger",
        "overdue-retire",
        "picture-stale",
        "source-shrunk",
        "source-stale",
        "stale-container",
        "stale-jar",
        "stale-monitoring",
        "stopped-instance",
        "unknown-instance",
        "unmanaged-deploy-group",
        "unmonitored",
    }
)

SYSTEM_NUMBERS: Final = {
    "SYS101": "no-owner",
    "SYS102": "no-runbook",
    "SYS103": "overdue-retire",
    "SYS104": "lifecycle-unknown",
    "SYS105": "broken-link",
    "SYS106": "ignore-expired",
    "SYS107": "picture-stale",
}
"""What the rules are called beside their names; `[[ignore]]` takes the names."""


SCHEMA_NAME = "system.schema.json"
_DAY: dict[str, object] = {"type": "string", "format": "date"}
_URL: dict[str, object] = {"type": "string", "pattern": "^https://"}
_KIND: dict[str, object] = {
    "anyOf": [{"enum": sorted(NODE_KINDS)}, {"type": "string", "pattern": f"^{CLASS_PATTERN.pattern}$"}]
}
_ID: dict[str, object] = {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,59}$"}

# What a type does not say of a field, by its name; only where the field holds text.
_NARROWER: dict[str, dict[str, object]] = {
    "id": _ID,
    "from": _ID,
    "to": _ID,
    "kind": _KIND,
    "kinds": _KIND,
    "until": _DAY,
    "repo": _URL,
    "runbook": _URL,
    "form": {"enum": [form.value for form in ViewForm]},
    "code": {"enum": sorted(SYSTEM_CODES)},
}


def render_schema() -> str:
    """Return the schema file beside a model."""
    whole = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "kb: diagrams/*.toml",
        **_table(ModelFile),
    }
    return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _table(shape: Any) -> dict[str, object]:
    types = get_type_hints(shape)
    properties, required = {}, []
    for each in fields(shape):
        name = str(each.metadata.get("key", each.name))
        properties[name] = _value(types[each.name], each, name)
        if each.default is MISSING:
            required.append(name)
    description = " ".join((shape.__doc__ or "").split("\n\n")[0].split())
    schema: dict[str, object] = {
        "type": "object",
        "description": description,
        "properties": properties,
        "additionalProperties": False,
    }
    return schema | ({"required": required} if required else {})


def _value(kind: Any, each: Field[Any], name: str) -> dict[str, object]:
    inner = [one for one in get_args(kind) if one not in (NoneType, ...)]
    if get_origin(kind) is UnionType:
        kind = inner[0]
    if is_dataclass(kind):
        return _table(kind)
    example = _example(each)
    if get_origin(kind) is tuple:
        if is_dataclass(inner[0]):
            return {"type": "array", "items": _table(inner[0])}
        if get_origin(inner[0]) is tuple:
            return {"type": "object", "additionalProperties": {"type": "string"}, **example}
        return {"type": "array", "items": _NARROWER.get(name, {"type": "string"}), **example}
    if kind is not str:
        minimum = {"minimum": 0} if kind is int else {}
        return {"type": {int: "integer", bool: "boolean"}[kind], **minimum, **example}
    choices = each.metadata.get("choices")
    if choices:
        return {"enum": list(choices), **example}
    return {**_NARROWER.get(name, {"type": "string"}), **example}


def _example(each: Field[Any]) -> dict[str, object]:
    """Return a field's example as JSON."""
    written_as = each.metadata.get("example")
    if written_as is None:
        return {}
    return {"examples": [load_toml(f"x = {written_as}")["x"]]}
