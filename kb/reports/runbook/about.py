"""Whether a page is about a node by what it is called: its title, or the folder it lies in. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from kb.reading.hosts.find_hosts import find_hosts
from kb.reports.model_nodes import ModelNodes
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy

SHORTEST_LABEL = 3
"""Letters of what a node is called from which on it counts in a title: 監視 stands in any."""
_LONGEST_LABEL = 60
_LONGEST_TITLE = 300
_NUMBER = compile_lazy(r"[-_.]?[0-9]+\Z")
_MARKED = compile_lazy(r"\s*[\[【(（<〔][^\])）】>〕]{0,20}[\])）】>〕]\s*")
_SHORTEST_FAMILY = 5


@dataclass(frozen=True)
class NodeNames:
    """What a node of the model, or a host, goes by. A longer name of another node that holds one of them is not it."""

    key: str
    label: str
    model: ModelNodes

    def is_in(self, title: str, category: str) -> bool:
        """Whether a title or a category names the node."""
        folded = fold_text(title[:_LONGEST_TITLE]).casefold()
        folders = [fold_text(each).casefold().strip() for each in category.split("/")]
        if any(self._has_host(each) or self._has_name(each) for each in (folded, *folders)):
            return True
        marked = _MARKED.match(folded)
        return self._id is not None and (
            self._id.match(folded, marked.end() if marked else 0) is not None
            or any(self._id.fullmatch(each) for each in folders)
        )

    def _has_host(self, text: str) -> bool:
        hosts = find_hosts(text, self.model.hosts)
        return any(self.key in (host, *self.model.find_ids([host])) for host in hosts)

    def _has_name(self, text: str) -> bool:
        if self._name is None:
            return False
        if self._others is not None:
            text = self._others.sub("\0", text)
        return self._name.search(text) is not None

    @cached_property
    def _name(self) -> re.Pattern[str] | None:
        """The label; of a host without a node what it shares with those of other numbers: web-prd of web-prd-03."""
        if self.model.has(self.key):
            return _compile_name(self.label) if len("".join(self.label.split())) >= SHORTEST_LABEL else None
        family = _NUMBER.sub("", self.key)
        return _compile_name(family) if len(family) >= _SHORTEST_FAMILY and "-" in family else None

    @cached_property
    def _id(self) -> re.Pattern[str] | None:
        """The node's id, where it is long enough. At a title's beginning alone: any part of a system is called api."""
        return _compile_name(self.key) if self.model.has(self.key) and len(self.key) >= SHORTEST_LABEL else None

    @cached_property
    def _others(self) -> re.Pattern[str] | None:
        own = fold_text(self.label).casefold()
        labels = [fold_text(node.label).casefold() for node in self.model.model.nodes if node.id != self.key]
        longer = sorted({each for each in labels if own and own in each and own != each}, key=len, reverse=True)
        return re.compile("|".join(map(_spell, longer))) if longer else None


def _spell(name: str) -> str:
    letters = "".join(fold_text(name[:_LONGEST_LABEL]).casefold().split())
    return r"\s*".join(map(re.escape, letters))


def _compile_name(name: str) -> re.Pattern[str]:
    """A name by itself: 配信 API neither in 動画配信 API nor in 旧配信 API, api not in api-gw."""
    return re.compile(rf"(?<![一-龠々ァ-ヶー0-9a-z_-]){_spell(name)}(?![0-9a-z_]|-[0-9a-z])")
