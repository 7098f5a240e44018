#!/usr/bin/env python3
"""Score what kb learns of the host names in `hosts/`: recall, false names, covered mentions, a team at a time.

    tests/corpus/score_hosts.py [TEAM …] [--list]

`--list` also prints what was missed, what is false and what was called unsure. How it counts: hosts/README.md.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kb.model.host_names import HostNames, LearntHosts
from kb.reading.hosts.find_hosts import find_hosts
from kb.reading.hosts.learn import HostLearner
from kb.reading.hosts.names import MENTION

SET = Path(__file__).parent / "hosts"
TEAMS = sorted(folder.name for folder in SET.iterdir() if folder.is_dir())
MENDED = ("yado", "neko", "tyo", "mugi")
"""Teams whose posts were read after the first run, to better the reader; the others never were."""
HELD_OUT = tuple(team for team in TEAMS if team not in MENDED)


def plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def load(team: str, name: str) -> Any:
    text = (SET / team / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line] if name.endswith("l") else json.loads(text)


def learn(team: str) -> LearntHosts:
    learner = HostLearner()
    for post in load(team, "posts.jsonl"):
        learner.add(f"{post['category']}/{post['name']}", post["body_md"])
    return learner.learn()


@dataclass
class Score:
    """Counts of one team; `missed`, `false` and `unsure` are names."""

    team: str
    learnable: int = 0
    found: int = 0
    proposed: int = 0
    mentions: int = 0
    covered: int = 0
    homographs: int = 0
    unsure_hosts: int = 0
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    forms: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    @property
    def recall(self) -> float:
        return self.found / self.learnable if self.learnable else 1.0

    @property
    def false_share(self) -> float:
        return len(self.false) / self.proposed if self.proposed else 0.0


def score(team: str) -> Score:
    label = load(team, "labels.json")
    learnt = learn(team)
    proposed = {plain(name) for name in learnt.names}
    if learnt.pattern:
        shape = re.compile(learnt.pattern, re.A)
        for post in load(team, "posts.jsonl"):
            words = MENTION.findall(unicodedata.normalize("NFKC", f"{post['name']}\n{post['body_md']}"))
            proposed |= {plain(word) for word in words if shape.fullmatch(word)}
    spelled = {plain(spelling): host for host in label["hosts"] for spelling in host["spellings"]}
    ignored = set(map(plain, label["ignore"]))
    result = Score(team, proposed=len(proposed))
    for host in label["hosts"]:
        for spelling, counted in host["spellings"].items():
            if counted["learnable"]:
                result.learnable += 1
                result.found += plain(spelling) in proposed
                if plain(spelling) not in proposed:
                    result.missed.append(spelling)
    result.false = sorted(proposed - spelled.keys() - ignored)
    hosts = {spelled[name]["name"] for name in proposed if name in spelled}
    for mention in load(team, "mentions.jsonl"):
        result.mentions += 1
        covered = plain(mention["spelling"]) in proposed if "spelling" in mention else set(mention["hosts"]) <= hosts
        result.covered += covered
        result.forms[mention["form"]] += 1
        result.lost[mention["form"]] += not covered
    hosts_named = HostNames(learnt.pattern, learnt.names)
    lines = {post["id"]: [post["name"], *post["body_md"].split("\n")] for post in load(team, "posts.jsonl")}
    for place in label["homographs"]:
        line, start = lines[place["post"]][place["line"]], place["start"]
        others = f"{line[:start]}{' ' * len(place['text'])}{line[start + len(place['text']) :]}"
        result.homographs += plain(place["text"]) in set(map(plain, find_hosts(line, hosts_named))) - set(
            map(plain, find_hosts(others, hosts_named))
        )
    result.unsure = [each.name for each in learnt.unsure]
    result.unsure_hosts = sum(plain(name) in spelled for name in result.unsure)
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("team", nargs="*", default=TEAMS)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    scores = [score(team) for team in options.team]
    print(f"{'team':10} {'recall':>14} {'false names':>14} {'mentions':>14} {'homographs':>10} {'unsure':>10}")
    total = Score("all")
    for each in scores:
        for name in ("learnable", "found", "proposed", "mentions", "covered", "homographs", "unsure_hosts"):
            setattr(total, name, getattr(total, name) + getattr(each, name))
        total.false += each.false
        total.unsure += each.unsure
        total.lost += each.lost
        total.forms += each.forms
    for each in [*scores, total]:
        print(
            f"{each.team:10} {each.found:4}/{each.learnable:<4} {each.recall:4.0%}"
            f" {len(each.false):4}/{each.proposed:<4} {each.false_share:4.0%} {each.covered:5}/{each.mentions:<5}"
            f" {each.homographs:10} {each.unsure_hosts:5}/{len(each.unsure)}"
        )
        if options.list and each.team != "all":
            print("   missed:", ", ".join(each.missed), "\n   false: ", ", ".join(each.false))
            print("   unsure:", ", ".join(each.unsure))
    print(
        "mentions not covered, by form:",
        ", ".join(f"{form} {n}/{total.forms[form]}" for form, n in total.lost.most_common() if n),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
