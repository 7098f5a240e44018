"""What a node can be: the word a model uses, what a picture calls it, and whose icon it gets.

Icons are those of the package `diagrams`, named by its classes (`aws.compute.EC2`); a model may name a
class itself. The pictures speak Japanese whoever draws them: the same model, the same bytes.
"""

from __future__ import annotations

import re
from typing import Final

CLASS: Final = re.compile(r"[a-z][a-z0-9]*\.[a-z][a-z0-9]*\.[A-Z][A-Za-z0-9]*")

KINDS: Final[dict[str, tuple[str, str]]] = {
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


def spoken(kind: str) -> str:
    """What a picture calls a kind; a class goes by its own name."""
    return KINDS[kind][0] if kind in KINDS else kind.rpartition(".")[2]


def class_of(kind: str) -> str:
    """The class of `diagrams` whose icon a kind gets, "" for none."""
    return KINDS[kind][1] if kind in KINDS else kind
