"""The nouns of `diagrams/*.toml`: what a system is made of, as a team writes it down. Pure.

A field's metadata holds `example`, the value as it would be written, and may hold `choices` and `key`
(`kb.settings.toml`). What types cannot say stands in `kb.diagram.model.check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kb.diagram.model.lifecycle import Lifecycle


class ViewForm(StrEnum):
    """What a view is drawn as."""

    SVG = "svg"
    PNG = "png"
    MERMAID = "mermaid"
    PLANTUML = "plantuml"
    HTML = "html"


class AlertMedium(StrEnum):
    """By what an alert reaches people."""

    SLACK = "slack"
    MAIL = "mail"
    PHONE = "phone"
    OTHER = "other"


DIRECTIONS = ("LR", "TB")


def _text(example: str, *, choices: tuple[str, ...] = (), key: str = "", default: str | None = "") -> Any:
    """A string; `default` None says that it has to be given."""
    metadata: dict[str, object] = {"example": f'"{example}"'}
    if choices:
        metadata["choices"] = choices
    if key:
        metadata["key"] = key
    return field(metadata=metadata) if default is None else field(default=default, metadata=metadata)


def _list(example: str) -> Any:
    return field(default=(), metadata={"example": example})


@dataclass(frozen=True, slots=True)
class System:
    """The whole: its title, what host names look like, and the esa post its picture goes to.

    `text_form` is the text that stands beside the picture in the post.
    """

    title: str = _text("広告配信システム", default="システム構成図")
    hostname_pattern: str = field(default="", metadata={"example": "'[a-z]+-(prd|stg)-[a-z]+-[0-9]+'"})
    esa_post: int = field(default=0, metadata={"example": "1234"})
    text_form: str = _text("mermaid", choices=("mermaid", "plantuml", "none"), default="none")


@dataclass(frozen=True, slots=True)
class NodeGroup:
    """What belongs together; groups nest by `parent`."""

    id: str = _text("delivery", default=None)
    label: str = _text("配信")
    parent: str = _text("aws")


@dataclass(frozen=True, slots=True)
class NodeMatch:
    """By what a node is found in the inventories of clouds, monitors and hosts. Names may hold `*` and `?`."""

    ec2_name: tuple[str, ...] = _list('["api-prd-*"]')
    ec2_id: tuple[str, ...] = _list('["i-0abc"]')
    tag: tuple[tuple[str, str], ...] = field(default=(), metadata={"example": '{ "kb:node" = "api" }'})
    asg: tuple[str, ...] = _list('["api-prd"]')
    host: tuple[str, ...] = _list('["api-prd-*"]')
    ip: tuple[str, ...] = _list('["192.0.2.10"]')
    zabbix: tuple[str, ...] = _list('["api-prd-*"]')
    codedeploy: tuple[str, ...] = _list('["ad-api/production"]')
    container: tuple[str, ...] = _list('["fluentd"]')
    jar: tuple[str, ...] = _list('["batch.jar"]')

    @property
    def is_given(self) -> bool:
        """Whether there is anything to find the node by."""
        return self != NodeMatch()

    @property
    def in_ec2(self) -> bool:
        """Whether it says that the node is one or more instances of EC2."""
        return bool(self.ec2_name or self.ec2_id or self.tag or self.asg)


@dataclass(frozen=True, slots=True)
class Node:
    """One thing that runs, or is talked to.

    `until` is the day a retiring node should be gone, `count` how many there are (`3` or `2..6`),
    `evidence` who saw it last and when, `deploy` what brings new versions to it, `replicas` how many a primary has,
    `owns` the places of its deployed folders that nothing but its repository may fill.
    """

    id: str = _text("api", default=None)
    label: str = _text("配信 API")
    kind: str = _text("ec2")
    group: str = _text("delivery")
    owner: str = _text("配信チーム")
    lifecycle: str = _text("active", choices=tuple(Lifecycle), default=Lifecycle.ACTIVE.value)
    until: str = _text("2027-03-31")
    count: str = _text("2..6")
    esa: int = field(default=0, metadata={"example": "1234"})
    repo: str = _text("https://github.com/example/ad-api")
    runbook: str = _text("https://docs.esa.io/posts/1234")
    evidence: str = _text("2026-11-20 佐藤: 管理画面で確認")
    deploy: str = _text("codedeploy:ad-api/production")
    replicas: int = field(default=0, metadata={"example": "2"})
    owns: tuple[str, ...] = _list('["conf/**"]')
    tags: tuple[str, ...] = _list('["24h"]')
    match: NodeMatch = NodeMatch()


@dataclass(frozen=True, slots=True)
class Edge:
    """One thing that calls, feeds or reads another; `sync` is false where nobody waits for an answer."""

    source: str = _text("api", key="from", default=None)
    target: str = _text("db", key="to", default=None)
    label: str = _text("入札ログ")
    proto: str = _text("gRPC")
    sync: bool = field(default=True, metadata={"example": "false"})


@dataclass(frozen=True, slots=True)
class AlertChannel:
    """Where the alerts of nodes and groups (`of`) go.

    `why` it rings, from which value on (`threshold`), whose it is, `source` what sends them, and who made it.
    """

    id: str = _text("alert", default=None)
    label: str = _text("#ad-alert")
    kind: str = _text("slack", choices=tuple(AlertMedium), default=AlertMedium.SLACK.value)
    of: tuple[str, ...] = _list('["delivery", "db"]')
    why: str = _text("配信が止まるおそれのある知らせ")
    threshold: str = _text("5 分の平均が 60 % を 3 回続けて超えたとき")
    owner: str = _text("配信チーム")
    source: str = _text("zabbix")
    created_by: str = _text("佐藤")


@dataclass(frozen=True, slots=True)
class SystemView:
    """One picture: what is in it and what it is drawn as.

    Without `groups`, `nodes`, `kinds` and `tags` it shows all. `hops` adds what is that many edges away.
    No `form` stands for every one of them.
    """

    id: str = _text("all", default=None)
    label: str = _text("全体")
    groups: tuple[str, ...] = _list('["delivery"]')
    nodes: tuple[str, ...] = _list('["api"]')
    kinds: tuple[str, ...] = _list('["ec2", "rds"]')
    tags: tuple[str, ...] = _list('["24h"]')
    hops: int = field(default=0, metadata={"example": "1"})
    direction: str = _text("LR", choices=DIRECTIONS, default="LR")
    channels: bool = field(default=False, metadata={"example": "true"})
    form: tuple[str, ...] = _list('["svg", "png"]')


@dataclass(frozen=True, slots=True)
class SystemIgnore:
    """A finding that is set aside, for a reason, until a day."""

    code: str = _text("no-owner", default=None)
    target: str = _text("legacy-batch", default=None)
    reason: str = _text("移管先を調整中", default=None)
    until: str = _text("2026-12-31", default=None)
    owner: str = _text("佐藤")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One `diagrams/*.toml`. `schema` is the version of this form."""

    schema: int = field(default=1, metadata={"example": "1"})
    system: System | None = None
    group: tuple[NodeGroup, ...] = ()
    node: tuple[Node, ...] = ()
    edge: tuple[Edge, ...] = ()
    channel: tuple[AlertChannel, ...] = ()
    view: tuple[SystemView, ...] = ()
    ignore: tuple[SystemIgnore, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelPlace:
    """Where something is written down: a file's name and a line, 0 where it is not known."""

    file: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Model:
    """All files of a model together, sorted by id whatever order they were written in.

    `places` tells where each stands, by `node:api`, `edge:api→db`, …
    """

    system: System = System()
    groups: tuple[NodeGroup, ...] = ()
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    channels: tuple[AlertChannel, ...] = ()
    views: tuple[SystemView, ...] = ()
    ignores: tuple[SystemIgnore, ...] = ()
    places: Mapping[str, ModelPlace] = field(default_factory=dict, compare=False)

    @property
    def group_by_id(self) -> dict[str, NodeGroup]:
        return {group.id: group for group in self.groups}

    @property
    def node_by_id(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}
