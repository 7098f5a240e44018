"""Find what a line is about: a program of theirs, a host, a party outside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from kb.model.host_names import HostNames
from kb.reading.hosts.find_hosts import find_hosts
from kb.reports.handover.asking.cues import find_parties, find_programs
from kb.reports.handover.machines import Logins, Machines, Program, is_in_home

_SHORTEST_END = 8


@dataclass(frozen=True)
class ThingFinder:
    """Knows the programs their account or home runs. `nodes` are hosts by the ids of their nodes in the diagram."""

    machines: Machines
    logins: Logins
    hosts: HostNames
    nodes: Mapping[str, str]

    def find(self, text: str) -> list[str]:
        """Return what a line is about: a host, a script, a party outside."""
        hosts = find_hosts(text, self.hosts)
        nodes = (
            host
            for word, host in self.nodes.items()
            if re.search(rf"(?<![a-z0-9_-]){re.escape(word)}(?![a-z0-9_-])", text, re.I)
        )
        programs = (program.name for program in self.programs if any(end in text for end in _ends_of(program.name)))
        return list(dict.fromkeys((*programs, *find_programs(text), *hosts, *nodes, *find_parties(text))))

    def find_host(self, name: str) -> str:
        """Return where a program of theirs runs."""
        return next((program.host for program in self.programs if program.name == name), "")

    @cached_property
    def programs(self) -> tuple[Program, ...]:
        """The programs their account or home runs."""
        return tuple(
            program
            for program in self.machines.programs
            if program.user.casefold() in self.logins.names
            or is_in_home(program.path, self.logins)
            or ("/" not in program.path and self.logins.are_in(program.name))
        )


def _ends_of(name: str) -> tuple[str, ...]:
    """Return what people may call a program by: its name without its ending, and the ends of that."""
    words = name.rpartition(".")[0].split("-")
    ends = ("-".join(words[at:]) for at in range(len(words)))
    return tuple(end for end in ends if len(end) >= _SHORTEST_END)
