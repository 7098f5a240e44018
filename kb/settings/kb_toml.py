"""The settings of kb.toml: each table a dataclass, each setting with its default and an example."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from kb.model.document import Visibility
from kb.model.host_names import CollectedNames, HostNames
from kb.model.page import PagePolicy
from kb.reading.tickets.state import FINISHED_STATUSES, TicketPolicy
from kb.settings.plan_tables import PlanSettings
from kb.settings.report_tables import EventSettings, ReportSettings, SlackSettings
from kb.settings.rule_tables import RuleSettings


@dataclass(frozen=True, slots=True)
class EsaSettings:
    """`[esa]`: which team, and where its token comes from when it is not in the environment.

    `limited` are globs of the categories only a part of the team may read, which esa's API does not tell.
    `history` mirrors the old revisions of posts too. `write_token_command` gives a token that only apply and
    undo use. `webhooks` is what the team says of esa's, which no API tells and which carry whole texts: there are
    "none", or they are "stopped" for a while.
    """

    team: str = field(metadata={"example": '"docs"'})
    limited: tuple[str, ...] = field(default=(), metadata={"example": '["人事/**"]'})
    history: bool = field(default=False, metadata={"example": "true"})
    token_command: str = field(default="", metadata={"example": '"op read op://ops/esa/token"'})
    write_token_command: str = field(default="", metadata={"example": '"op read op://ops/esa/write"'})
    webhooks: str = field(default="", metadata={"example": '"none"', "choices": ("none", "stopped")})
    ca_file: str = field(default="", metadata={"example": '"/etc/ssl/certs/company.pem"'})
    proxy: str = field(default="", metadata={"example": '"http://proxy.example.jp:3128"'})


@dataclass(frozen=True, slots=True)
class RedmineSettings:
    """`[redmine]`: the address people type, sub-URI included, and the key's origin.

    `markup` is how texts are written; Redmine does not tell (its API has no text_formatting).
    `history` mirrors the old versions of wiki pages too. `write_key_command` gives a key that only apply
    and undo use. `allow_http` is for a Redmine in the house that has no https: key and texts then travel in clear.
    """

    url: str = field(metadata={"example": '"https://redmine.example.jp/redmine"'})
    key_command: str = field(default="", metadata={"example": '"op read op://ops/redmine/key"'})
    write_key_command: str = field(default="", metadata={"example": '"op read op://ops/redmine/write"'})
    markup: str = field(default="auto", metadata={"example": '"textile"', "choices": ("auto", "markdown", "textile")})
    history: bool = field(default=False, metadata={"example": "true"})
    ca_file: str = field(default="", metadata={"example": '"/etc/ssl/certs/company.pem"'})
    proxy: str = field(default="", metadata={"example": '"http://proxy.example.jp:3128"'})
    basic_user: str = field(default="", metadata={"example": '"ops"'})
    basic_password_command: str = field(default="", metadata={"example": '"op read op://ops/proxy/password"'})
    projects: tuple[str, ...] = field(default=(), metadata={"example": '["infra", "web"]'})
    allow_http: bool = field(default=False, metadata={"example": "true"})


@dataclass(frozen=True, slots=True)
class FilesSettings:
    """`[[source]]`: a local folder of Markdown.

    `visibility` says who may read it: whoever runs kb, or every member of the team.
    """

    kind: str = field(metadata={"example": '"files"', "choices": ("files",)})
    name: str = field(metadata={"example": '"minutes"'})
    path: str = field(metadata={"example": '"notes/minutes"'})
    visibility: str = field(default="private", metadata={"example": '"members"', "choices": ("private", "members")})

    @property
    def readers(self) -> Visibility:
        """Who may read its files."""
        return Visibility[self.visibility.upper()]


@dataclass(frozen=True, slots=True)
class VisibilitySettings:
    """`[visibility]`: `open` are pages whose readers their source says, whatever they ask not to be told yet."""

    open: tuple[str, ...] = field(default=(), metadata={"example": '["esa:123", "files:minutes/2026-11-*"]'})


@dataclass(frozen=True, slots=True)
class IncidentSettings:
    """`[incidents]`: where incident pages live and what a done one looks like.

    Of Redmine's tickets those of `trackers` are incidents, and those with a value of `fields` in a custom field ("*":
    with any). What happened before `record_only_before` is kept for the record; an open page untouched for
    `stale_days` is stale. `esa_post` is the post `kb incidents --publish esa` writes the list into.
    """

    places: tuple[str, ...] = field(default=(), metadata={"example": '["不具合共有/**"]'})
    tags: tuple[str, ...] = field(default=(), metadata={"example": '["障害"]'})
    trackers: tuple[str, ...] = field(default=(), metadata={"example": '["障害"]'})
    fields: tuple[tuple[str, tuple[str, ...]], ...] = field(
        default=(), metadata={"example": '{種別 = ["障害", "重大障害"]}'}
    )
    not_places: tuple[str, ...] = field(
        default=(
            "Templates/**",
            "Archived/**",
            "**/*一覧",
            "**/*一覧（*",
            "**/*テンプレート",
            "**/*テンプレート（*",
            "**/*手順/**",
            "**/*手順書/**",
            "**/議事録/**",
        ),
        metadata={"example": '["Templates/**"]'},
    )
    done_place: str = field(default="不具合共有/対応完了/{year}", metadata={"example": '"不具合共有/対応完了/{year}"'})
    done_mark: str = field(default="【完了】", metadata={"example": '"【完了】"'})
    record_only_before: str = field(default="", metadata={"example": '"2022-04-01"'})
    stale_days: int = field(default=30, metadata={"example": "30"})
    esa_post: int = field(default=0, metadata={"example": "124"})


@dataclass(frozen=True, slots=True)
class PostSettings:
    """`[posts]`: when an abandoned draft is reported."""

    wip_days: int = field(default=60, metadata={"example": "60"})


@dataclass(frozen=True, slots=True)
class TicketSettings:
    """`[tickets]`: what a finished ticket looks like, and which status closes it ("": the only one, or 終了).

    A finished ticket may be closed once nothing happened to it for `quiet_days`; an open one is stale after
    `stale_days`.
    """

    finished_statuses: tuple[str, ...] = field(default=FINISHED_STATUSES, metadata={"example": '["解決", "終了待ち"]'})
    quiet_days: int = field(default=14, metadata={"example": "14"})
    stale_days: int = field(default=90, metadata={"example": "90"})
    close_status: str = field(default="", metadata={"example": '"終了"'})


@dataclass(frozen=True, slots=True)
class PeopleSettings:
    """`[people]`: folders that belong to one person. `[people.same]`: other names of one, by one of their names.

    `bots` write without being anybody; `guests` are here without being on the list of members.
    """

    folders: tuple[str, ...] = field(default=("Users/*",), metadata={"example": '["Users/*"]'})
    same: tuple[tuple[str, tuple[str, ...]], ...] = field(
        default=(), metadata={"example": '{sato = ["佐藤 健", "k.sato"]}', "alone": True}
    )
    bots: tuple[str, ...] = field(default=(), metadata={"example": '["deploy-bot"]'})
    guests: tuple[str, ...] = field(default=(), metadata={"example": '["partner-abe"]'})


@dataclass(frozen=True, slots=True)
class OwnerRuleSettings:
    """`[[owners.rule]]`: who owns what is in a place, carries a tag or names a node. The last match counts."""

    to: tuple[str, ...] = field(metadata={"example": '["sato", "ono"]', "alone": True})
    place: str = field(default="", metadata={"example": '"運用/手順/**"'})
    tag: str = field(default="", metadata={"example": '"課金"'})
    node: str = field(default="", metadata={"example": '"web-prd-*"'})


@dataclass(frozen=True, slots=True)
class OwnersSettings:
    """`[owners]`: who owns what. `file` is a list of patterns and names beside kb.toml, like CODEOWNERS.

    `steward` owns the rest. A page that was marked as verified stays so for `verified_days`.
    """

    file: str = field(default="", metadata={"example": '"OWNERS"'})
    steward: str = field(default="", metadata={"example": '"sato"'})
    verified_days: int = field(default=180, metadata={"example": "180"})
    rule: tuple[OwnerRuleSettings, ...] = field(default=(), metadata={"example": "[[owners.rule]]"})


@dataclass(frozen=True, slots=True)
class HostSettings:
    """`[hosts]`: what a host name of the team looks like, as a regular expression, and those that look otherwise.

    `aliases` are other spellings of a host: `[hosts.aliases]`.
    """

    pattern: str = field(default="", metadata={"example": "'[a-z]+-(prd|stg)-[a-z]+-[0-9]{2}'"})
    names: tuple[str, ...] = field(default=(), metadata={"example": '["drawbridge", "db.internal"]'})
    aliases: tuple[tuple[str, str], ...] = field(default=(), metadata={"example": '{web-03 = "adsv-prd-web-03"}'})

    @property
    def host_names(self) -> HostNames:
        """What texts are searched for."""
        return HostNames(self.pattern, self.names, self.aliases)


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """`[sync]`: how much is read again each time, and how many missing documents are accepted.

    `audit` is how many posts and tickets a sync re-reads beyond what changed; `accept_missing` states how many
    documents may vanish at once where kb would hold back. `attachments` mirrors text files of at most
    `attachment_kb`; `history_requests` is how many requests a source may spend on old versions and files in one run.
    """

    audit: int = field(default=100, metadata={"example": "100"})
    accept_missing: int = field(default=0, metadata={"example": "57"})
    max_wait_s: int = field(default=1800, metadata={"example": "1800"})
    attachments: bool = field(default=False, metadata={"example": "true"})
    attachment_kb: int = field(default=1024, metadata={"example": "1024"})
    history_requests: int = field(default=1000, metadata={"example": "1000"})


@dataclass(frozen=True, slots=True)
class LintSettings:
    """`[lint]`: rules switched on or off for the whole team, by code or prefix.

    `severity` gives rules a severity of the team's own; `per_path_ignores` maps globs on
    `category/title`, or on the path of a file, to codes that are silent there. `kb_rules` lets the
    Python files of the folder `kb_rules/` run; `rule` are rules in words and patterns.
    """

    select: tuple[str, ...] = field(default=(), metadata={"example": '["INC"]'})
    ignore: tuple[str, ...] = field(default=(), metadata={"example": '["INC203"]'})
    severity: tuple[tuple[str, str], ...] = field(
        default=(), metadata={"example": '{INC203 = "error"}', "choices": ("info", "warning", "error")}
    )
    per_path_ignores: tuple[tuple[str, tuple[str, ...]], ...] = field(
        default=(), metadata={"example": '{"日報/**" = ["INC4"]}', "key": "per-path-ignores"}
    )
    kb_rules: bool = field(default=False, metadata={"example": "true"})
    rule: tuple[RuleSettings, ...] = field(default=(), metadata={"example": "[[lint.rule]]"})


@dataclass(frozen=True, slots=True)
class DiagramSettings:
    """`[diagram]`: `scripts` lets `kb diagram build` run the Python files of the folder `kb_diagrams/`."""

    scripts: bool = field(default=False, metadata={"example": "true"})


@dataclass(frozen=True, slots=True)
class DriftSettings:
    """`[drift]`: the sources that have to be collected, and after how many days each is too old (8 if not said)."""

    sources: tuple[str, ...] = field(default=(), metadata={"example": '["ec2", "zabbix"]'})
    max_age: tuple[tuple[str, int], ...] = field(default=(), metadata={"example": "{ csv = 90, hosts = 15 }"})


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """`[cluster]`: whether `lint --cluster` may send texts, and the key of secret ids, to other machines."""

    texts_may_leave: bool = field(default=False, metadata={"example": "true"})


@dataclass(frozen=True, slots=True)
class ZabbixSettings:
    """`[zabbix]`: the address people type, which `kb diagram collect zabbix` asks with a token that only reads.

    `allow_http` is for a Zabbix in the house that has no https: token and answers then travel in clear.
    """

    url: str = field(metadata={"example": '"https://zabbix.example.jp/zabbix"'})
    token_command: str = field(default="", metadata={"example": '"op read op://ops/zabbix/token"'})
    ca_file: str = field(default="", metadata={"example": '"/etc/ssl/certs/company.pem"'})
    allow_http: bool = field(default=False, metadata={"example": "true"})


@dataclass(frozen=True, slots=True)
class Settings:
    """All of kb.toml."""

    esa: EsaSettings | None = None
    redmine: RedmineSettings | None = None
    source: tuple[FilesSettings, ...] = ()
    visibility: VisibilitySettings = VisibilitySettings()
    incidents: IncidentSettings = IncidentSettings()
    posts: PostSettings = PostSettings()
    tickets: TicketSettings = TicketSettings()
    people: PeopleSettings = PeopleSettings()
    owners: OwnersSettings = OwnersSettings()
    hosts: HostSettings = HostSettings()
    sync: SyncSettings = SyncSettings()
    lint: LintSettings = LintSettings()
    plan: PlanSettings = field(default=PlanSettings())
    report: ReportSettings = field(default=ReportSettings())
    slack: SlackSettings = field(default=SlackSettings())
    event: tuple[EventSettings, ...] = ()
    diagram: DiagramSettings = DiagramSettings()
    drift: DriftSettings = DriftSettings()
    cluster: ClusterSettings = ClusterSettings()
    zabbix: ZabbixSettings | None = None
    timezone: str = field(default="Asia/Tokyo", metadata={"example": '"Asia/Tokyo"'})
    tables: Mapping[str, object] = field(default_factory=dict, metadata={"key": None})
    """The tables of sources that bring their own dataclass along, by the source's name."""
    collected: Callable[[], CollectedNames] = field(
        default=CollectedNames, compare=False, repr=False, metadata={"key": None}
    )
    """Loads the names that collected sources have for machines, when first asked: no setting of kb.toml."""

    @property
    def team(self) -> str:
        """The esa team, "" without esa."""
        return self.esa.team if self.esa else ""

    @property
    def redmine_url(self) -> str:
        """The address of Redmine without a final slash, "" without Redmine."""
        return self.redmine.url.rstrip("/") if self.redmine else ""

    @property
    def has_tickets_alone(self) -> bool:
        """Whether the team works in Redmine alone: it has no pages, categories or drafts."""
        return self.redmine is not None and self.esa is None and not self.source

    @property
    def host_names(self) -> HostNames:
        """The host names of kb.toml, and those that were collected. Texts for others name only the `own` ones."""
        return replace(self.hosts.host_names, collected=self.collected())

    @property
    def policy(self) -> PagePolicy:
        """What reading a page depends on."""
        return PagePolicy(
            incident=self.incidents.places,
            incident_tags=self.incidents.tags,
            incident_trackers=self.incidents.trackers,
            incident_fields=self.incidents.fields,
            other=self.incidents.not_places,
            done_mark=self.incidents.done_mark,
            done_place=self.incidents.done_place,
            hosts=self.host_names,
            timezone=self.timezone,
            record_only_before=self.incidents.record_only_before,
        )

    @property
    def ticket_policy(self) -> TicketPolicy:
        """What kb.toml says of finished and stale tickets."""
        return TicketPolicy(self.tickets.finished_statuses, self.tickets.quiet_days, self.tickets.stale_days)
