"""What `aws deploy` prints of applications and deployment groups.

The shapes: https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentGroupInfo.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kb.estate.collect.inputs import Collected, InputFile, list_objects, read_json_values, reject
from kb.estate.collect.mask import mask_value, mask_words
from kb.estate.drift.items.codedeploy import CodeDeployItems, DeployGroup, TagFilter
from kb.estate.drift.kinds import FilterKind, GapKind
from kb.estate.drift.snapshot import Gap
from kb.text.dates import instant_of_seconds
from kb.text.json_fields import object_field, text_field
from kb.text.lang import t

POLICY = (
    "codedeploy:ListApplications",
    "codedeploy:ListDeploymentGroups",
    "codedeploy:BatchGetDeploymentGroups",
    "codedeploy:GetDeploymentGroup",
)
"""The least rights that the commands need."""


class _Answers:
    """The answers of all calls, told apart by their fields."""

    def __init__(self) -> None:
        self.applications: set[str] = set()
        self.listed: dict[str, set[str]] = {}
        self.groups: dict[str, DeployGroup] = {}
        self.pages: dict[str, list[bool]] = {}
        """Of each listing, whether a page says that another follows."""

    def add(self, value: Mapping[str, Any], name: str) -> None:
        """Add one answer. Raises InputError for what is none of them."""
        if isinstance(value.get("applications"), list):
            self._turn("applications", value)
            self.applications |= {mask_words(each) for each in value["applications"] if isinstance(each, str)}
        elif isinstance(value.get("deploymentGroups"), list):
            app = mask_words(text_field(value.get("applicationName")))
            self._turn(app, value)
            names = {mask_words(each) for each in value["deploymentGroups"] if isinstance(each, str)}
            self.listed.setdefault(app, set()).update(names)
        elif "deploymentGroupsInfo" in value:
            for each in list_objects(value, "deploymentGroupsInfo", name):
                self._add_group(each, name)
        elif isinstance(value.get("deploymentGroupInfo"), dict):
            self._add_group(value["deploymentGroupInfo"], name)
        else:
            raise reject(
                name,
                t(
                    "applications、deploymentGroups、deploymentGroupsInfo のどれもありません",
                    "it has no applications, deploymentGroups or deploymentGroupsInfo",
                ),
            )

    def _turn(self, listing: str, value: Mapping[str, Any]) -> None:
        self.pages.setdefault(listing, []).append(bool(value.get("nextToken") or value.get("NextToken")))

    def _add_group(self, each: Mapping[str, Any], name: str) -> None:
        group = _group(each, name)
        self.groups[group.path] = group

    @property
    def is_listed(self) -> bool:
        """Whether the applications were listed, and the groups of each."""
        return "applications" in self.pages and self.applications <= self.listed.keys()

    def list_gaps(self) -> list[Gap]:
        """Return the pages that are missing, and the listed applications and groups nobody asked about."""
        gaps = [Gap(GapKind.PAGE, listing) for listing, more in sorted(self.pages.items()) if all(more)]
        known = {group.app for group in self.groups.values()}
        empty = {app for app, names in self.listed.items() if not names}
        gaps += [Gap(GapKind.GROUPS, app) for app in sorted(self.applications - known - empty)]
        wanted = {(app, group) for app, names in self.listed.items() for group in names}
        gaps += [
            Gap(GapKind.GROUPS, app, group) for app, group in sorted(wanted) if f"{app}/{group}" not in self.groups
        ]
        return list(dict.fromkeys(gaps))


def read_codedeploy(files: Sequence[InputFile]) -> Collected:
    """Return the deployment groups of all answers. Raises InputError for a file that holds others."""
    answers = _Answers()
    gaps: list[Gap] = []
    for file in files:
        values, denied = read_json_values(file)
        gaps += denied
        for value in values:
            answers.add(value, file.name)
    groups = tuple(answers.groups[path] for path in sorted(answers.groups))
    applications = tuple(sorted(answers.applications | {group.app for group in groups}))
    return Collected(CodeDeployItems(applications, groups, answers.is_listed), (*gaps, *answers.list_gaps()))


def _group(each: Mapping[str, Any], name: str) -> DeployGroup:
    app, group = (mask_words(text_field(each.get(key))) for key in ("applicationName", "deploymentGroupName"))
    if not app or not group:
        raise reject(name, t("名前のないグループがあります", "a deployment group has no name"))
    sets = [_filters(each, "ec2TagFilters", name)]
    written = object_field(each.get("ec2TagSet")).get("ec2TagSetList")
    sets += [_filters({"set": one}, "set", name) for one in (written if isinstance(written, list) else [])]
    scaling = list_objects(each, "autoScalingGroups", name) if each.get("autoScalingGroups") else ()
    success = object_field(each.get("lastSuccessfulDeployment"))
    on_premises = object_field(each.get("onPremisesTagSet")).get("onPremisesTagSetList")
    return DeployGroup(
        app,
        group,
        platform=mask_words(text_field(each.get("computePlatform"))) or "Server",
        tag_sets=tuple(each for each in sets if each),
        asgs=tuple(mask_words(text_field(one.get("name"))) for one in scaling),
        on_premises=bool(each.get("onPremisesInstanceTagFilters") or on_premises),
        last_success_at=mask_words(_moment(success.get("endTime") or success.get("createTime"))),
    )


def _filters(each: Mapping[str, Any], key: str, name: str) -> tuple[TagFilter, ...]:
    found = []
    for row in list_objects(each, key, name) if each.get(key) else ():
        tag = mask_words(text_field(row.get("Key")))
        kind = text_field(row.get("Type"))
        if kind not in set(FilterKind):
            shown = mask_words(kind)[:40]
            raise reject(name, t(f"タグの条件の種類「{shown}」は使えません", f"there is no tag filter {shown!r}"))
        found.append(TagFilter(tag, mask_value(tag, text_field(row.get("Value"))), FilterKind(kind)))
    return tuple(found)


def _moment(value: object) -> str:
    """Return a time as aws prints it: ISO, or with `cli_timestamp_format = wire` seconds since 1970."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        found = instant_of_seconds(value)
        return found.isoformat(timespec="seconds") if found else ""
    return text_field(value)
