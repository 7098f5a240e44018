"""What is deployed to where: deployment groups, the instances they reach, repositories, and their nodes. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

from kb.diagram.model.nouns import Model, Node
from kb.estate.drift.items.codedeploy import DeployGroup
from kb.estate.drift.items.ec2 import Instance
from kb.estate.drift.items.repos import Repository
from kb.estate.drift.kinds import InstanceState
from kb.estate.match.machines import NamePatterns, fold_name


class Deployments:
    """The deployment groups and repositories of an estate."""

    def __init__(
        self,
        model: Model,
        groups: Sequence[DeployGroup],
        instances: Sequence[Instance],
        repositories: Sequence[Repository],
    ) -> None:
        self.groups = groups
        self.repositories = repositories
        self._model = model
        self._instances = [each for each in instances if each.state is not InstanceState.TERMINATED]

    def groups_named(self, pattern: str) -> list[DeployGroup]:
        """Return the deployment groups that `match.codedeploy` names by a pattern."""
        return self._groups_by_pattern.get(pattern, [])

    def nodes_of_group(self, group: DeployGroup) -> list[Node]:
        """Return the nodes that have a deployment group."""
        return self._nodes_by_group.get(group.path, [])

    def reaches_any(self, group: DeployGroup) -> bool:
        """Return whether a deployment would go to any instance that is not terminated."""
        if self._scaling_groups.intersection(group.asgs):
            return True
        sets: list[set[str]] = [
            set().union(*(self._tagged.get(one.wanted, ()) for one in each)) for each in group.tag_sets
        ]
        return bool(sets) and bool(set.intersection(*sets))

    @cached_property
    def _tagged(self) -> dict[tuple[str | None, str | None], set[str]]:
        """The ids of instances by tag, and by its key or its value alone."""
        found: dict[tuple[str | None, str | None], set[str]] = defaultdict(set)
        for each in self._instances:
            for key, value in each.tags.items():
                for wanted in ((key, value), (key, None), (None, value)):
                    found[wanted].add(each.id)
        return found

    @cached_property
    def _scaling_groups(self) -> frozenset[str]:
        return frozenset(each.asg for each in self._instances)

    @cached_property
    def _groups_by_pattern(self) -> dict[str, list[DeployGroup]]:
        patterns = NamePatterns()
        for pattern in {each for node in self._model.nodes for each in node.match.codedeploy}:
            patterns.add(pattern, pattern)
        found: dict[str, list[DeployGroup]] = defaultdict(list)
        for group in self.groups:
            for pattern in patterns.find(group.path):
                found[pattern].append(group)
        return found

    @cached_property
    def _nodes_by_group(self) -> dict[str, list[Node]]:
        found: dict[str, list[Node]] = defaultdict(list)
        for node in self._model.nodes:
            for path in sorted({each.path for pattern in node.match.codedeploy for each in self.groups_named(pattern)}):
                found[path].append(node)
        return found

    def repository_of(self, origin: str, node: Node) -> Repository | None:
        """Return the repository of an origin, by its URL, ssh or https; of a clone without one, the node's."""
        wanted = repository_key(origin) or repository_key(node.repo)
        return next((each for each in self.repositories if wanted and repository_key(each.origin) == wanted), None)

    def targets_of_repository(self, repository: Repository) -> list[str]:
        """Return the nodes of a repository, else its name."""
        key = repository_key(repository.origin)
        nodes = [node.id for node in self._model.nodes if key and repository_key(node.repo) == key]
        return nodes or [f"repo:{repository.name}"]


def repository_key(url: str) -> str:
    """Return `github.com/team/web` for its https, ssh and scp-like URLs, "" for none."""
    words = fold_name(url).removesuffix("/").removesuffix(".git")
    if "://" in words:
        words = words.partition("://")[2]
    elif "@" in words or (":" in words and "/" not in words.partition(":")[0]):
        words = words.replace(":", "/", 1)
    return words.rpartition("@")[2]
