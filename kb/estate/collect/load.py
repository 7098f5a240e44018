"""The estate of a workspace: its snapshots, joined with the model and with what its pages name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from kb.diagram.model.nouns import Model
from kb.errors import ConfigError, UsageError
from kb.estate.collect.mentions import HostMention, find_mentions
from kb.estate.collect.store import load_snapshots
from kb.estate.drift.estate import Estate, Mention
from kb.estate.drift.kinds import SourceKind
from kb.estate.drift.standing import DEFAULT_POLICY, DriftPolicy
from kb.mirror.store import Mirror
from kb.model.host_names import NO_HOSTS, HostNames
from kb.reading.hosts.shapes import add_families
from kb.settings.kb_toml import DriftSettings
from kb.settings.workspace import Workspace
from kb.text.display import sanitize
from kb.text.lang import t


def load_estate(
    model: Model, workspace: Workspace | None, private: Path, moment: datetime, *, pages: bool = True
) -> Estate:
    """Join the snapshots below a private folder with a model, and with the pages of a workspace that has some.

    Without `pages` none is looked at, and nothing is said of what they name.

    Raises UsageError when nothing was collected, InputError for a snapshot that cannot be read, ConfigError,
    StoreError.
    """
    snapshots = load_snapshots(private)
    if not snapshots:
        raise UsageError(
            t("まだ何も取り込んでいません。", "nothing was collected yet."),
            t(
                "aws ec2 describe-instances > ec2.json のあと、kb diagram collect ec2 --from ec2.json",
                "aws ec2 describe-instances > ec2.json, then kb diagram collect ec2 --from ec2.json",
            ),
        )
    if workspace is None:
        return Estate(model, snapshots, moment, DEFAULT_POLICY, with_model_pattern(model, NO_HOSTS))
    settings = workspace.settings
    policy = _policy(settings.drift)
    hosts = with_model_pattern(model, settings.hosts.host_names)
    estate = Estate(model, snapshots, moment, policy, hosts)
    named, channels = _mentions(workspace, _with_families(hosts, estate)) if pages else ([], [])
    if settings.slack.channel:
        channels.append(Mention(settings.slack.channel.lstrip("#").lower(), ("kb.toml [slack]",)))
    estate.mentions, estate.channel_mentions = keep_mentions(estate, named), channels
    return estate


def keep_mentions(estate: Estate, named: Sequence[Mention]) -> list[Mention]:
    """Return the mentions but for names of a family that are no machine's: a repository, a series."""
    return [each for each in named if estate.may_be_machine(each.name)]


def _with_families(hosts: HostNames, estate: Estate) -> HostNames:
    """Return host names with those of the families that were collected."""
    return replace(hosts, pattern=add_families(hosts.pattern, estate.families))


def _policy(drift: DriftSettings) -> DriftPolicy:
    """Return what `[drift]` says. Raises ConfigError for a source that is none: what it asks for would go unsaid."""
    policy = DriftPolicy(drift.sources, dict(drift.max_age))
    for name in (*policy.sources, *policy.max_age):
        if name not in set(SourceKind):
            shown, known = sanitize(name)[:40], [each.value for each in SourceKind]
            raise ConfigError(
                t(
                    f"kb.toml の [drift]「{shown}」という取り込み元はありません。",
                    f"[drift] of kb.toml: no source {shown!r}.",
                ),
                t(f"使えるもの: {'、'.join(known)}", f"known: {', '.join(known)}"),
            )
    return policy


def with_model_pattern(model: Model, hosts: HostNames) -> HostNames:
    """Return the host names of the settings, with the pattern of the model where it has one."""
    return replace(hosts, pattern=model.system.hostname_pattern) if model.system.hostname_pattern else hosts


def _mentions(workspace: Workspace, hosts: HostNames) -> tuple[list[Mention], list[Mention]]:
    """Return the hosts and the channels that the pages of a workspace name."""
    if not workspace.mirror.exists():
        return [], []
    settings = workspace.settings
    own = frozenset(f"esa:{post}" for post in (settings.report.esa_post, settings.incidents.esa_post) if post)
    with Mirror.open(workspace.mirrored(), readonly=True) as mirror:
        found = find_mentions(mirror, hosts, but=own)
    return [_place(each) for each in found.names], [_place(each) for each in found.channels]


def _place(mention: HostMention) -> Mention:
    places = zip(mention.docs, mention.lines, strict=True)
    return Mention(mention.name, tuple(f"{doc}:{line}" if line else doc for doc, line in places), mention.updated_at)
