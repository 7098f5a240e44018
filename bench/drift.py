"""What holding 3,000 machines against 3,000 nodes costs, and what knowing their names costs a lint.

    python bench/drift.py                       # prints JSON; 3,000 machines, 100,000 documents, 1,000 of them linted
    python bench/drift.py --docs 2000 --linted 500

`check` is `kb diagram check --drift` as a program, with the start-up of `kb --version` beside it, for half the machines
too: twice as many should take twice as long at most, and little more memory. `names` is `.kb/hosts.json`: made from
the snapshots, then only read. `scan` is the search for host names that every document goes through, without and with
them, in one process. `lint` is a `kb lint` of one process that judges all anew, without and with the names; `warm` one
in which nothing changed, `renamed` one after a machine in a hundred was replaced.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import lint as lint_bench
from make_corpus import ENVN, ROLE

TARGET_CPU_S = 2.0
KB = [sys.executable, "-m", "kb"]
NAMED = [f"{role}-{env}-{number:02}" for role in ROLE[:4] for env in ENVN[:2] for number in range(1, 13)]
"""Machines that documents name; of the others they know nothing."""


def instance(number: int, *, replaced: bool = False) -> dict[str, object]:
    """An instance as aws prints it."""
    name = NAMED[number] if number < len(NAMED) else f"prd-app-{number:04}"
    address = f"10.{100 if replaced else 0}.{number // 250}.{number % 250 + 1}"
    return {
        "InstanceId": f"i-{(number << 32) + (1 if replaced else 0):017x}",
        "State": {"Name": "running"},
        "InstanceType": "t3.small",
        "LaunchTime": "2026-01-01T00:00:00+00:00",
        "PrivateIpAddress": address,
        "PrivateDnsName": f"ip-{address.replace('.', '-')}.ap-northeast-1.compute.internal",
        "Tags": [{"Key": "Name", "Value": name}],
    }


def write_estate(folder: Path, count: int, *, replaced: int = 0) -> None:
    """Write a model of so many nodes, a machine each, and collect the machines."""
    (folder / "diagrams").mkdir(exist_ok=True)
    rows = [instance(number, replaced=number < replaced) for number in range(count)]
    nodes = (
        f'[[node]]\nid = "n{number}"\nowner = "A"\nrunbook = "https://docs.esa.io/posts/1"\n'
        f'match = {{ ec2_name = ["{each["Tags"][0]["Value"]}"] }}\n'  # type: ignore[index]
        for number, each in enumerate(rows)
    )
    (folder / "diagrams" / "system.toml").write_text("\n".join(nodes), encoding="utf-8")
    (folder / "ec2.json").write_text(json.dumps({"Reservations": [{"Instances": rows}]}), encoding="utf-8")
    words = [*KB, "diagram", "collect", "ec2", "--from", "ec2.json"]
    subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def best(words: list[str], folder: Path, rounds: int) -> lint_bench.Run:
    """The run that took the least CPU."""
    return min((lint_bench.child([*KB, *words], folder) for _ in range(rounds)), key=lambda each: each["cpu_s"])


def check(count: int, rounds: int) -> lint_bench.Run:
    """A check of so many machines against as many nodes."""
    with tempfile.TemporaryDirectory() as there:
        folder = Path(there)
        (folder / "kb.toml").write_text('[esa]\nteam = "docs"\n', encoding="utf-8")
        write_estate(folder, count)
        return best(["diagram", "check", "--drift"], folder, rounds)


SCAN = """
import json, sys, time
from pathlib import Path
from kb.lint.inputs import jsonl
from kb.reading.hosts.find_hosts import find_hosts
from kb.settings.kb_toml import Settings
from kb.estate.collect.names import load_names
hosts = Settings().host_names
if sys.argv[1] == "names":
    from dataclasses import replace
    hosts = replace(hosts, collected=load_names(Path.cwd(), hosts))
texts = [f"{each.title}\\n{each.body}" for each in jsonl.read_jsonl("corpus.jsonl", lambda error: None)]
find_hosts("", hosts), find_hosts("x", hosts)
began, found, documents = time.process_time(), 0, 0
while documents < int(sys.argv[2]):
    for text in texts:
        found += len(find_hosts(text, hosts))
    documents += len(texts)
spent = time.process_time() - began
memory = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024
print(json.dumps({"documents": documents, "names_found": found, "cpu_s": round(spent, 3),
                  "us_per_document": round(spent / documents * 1e6, 1), "memory_mb": memory}))
"""


def scan(folder: Path, which: str, docs: int) -> dict[str, float]:
    """What the search for host names takes in so many documents, those of a folder over and over; Linux."""
    words = [sys.executable, "-c", SCAN, which, str(docs)]
    done = subprocess.run(words, cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def lints(machines: int, docs: int, linted: int, rounds: int, folder: Path) -> dict[str, object]:
    """The search for names and lints, without and with names, and what changed names cost later."""
    lint_bench.prepare(linted, folder)
    words = ["lint", "--format", "jsonl", "--jobs", "1"]
    lint_bench.cold(folder, "--jobs", "1")  # notes the secrets of a new mirror
    without = min((lint_bench.cold(folder, "--jobs", "1") for _ in range(rounds)), key=lambda each: each["cpu_s"])
    write_estate(folder, machines)
    made = lint_bench.child([*KB, "search", "prd-app-2000"], folder)
    read = best(["search", "prd-app-2000"], folder, rounds)
    kept = folder / ".kb" / "hosts.json"
    names = {
        "count": len(json.loads(kept.read_bytes())["names"]),
        "file_kb": kept.stat().st_size // 1000,
        "search_that_makes_them_cpu_s": made["cpu_s"],
        "search_that_reads_them_cpu_s": read["cpu_s"],
    }
    given = min((lint_bench.cold(folder, "--jobs", "1") for _ in range(rounds)), key=lambda each: each["cpu_s"])
    warm = best(words, folder, rounds)
    write_estate(folder, machines, replaced=machines // 100)
    renamed = lint_bench.child([*KB, *words], folder)
    return {
        "names": names,
        "scan": {which: scan(folder, which, docs) for which in ("none", "names")},
        "lint": {"docs": linted, "without_names": without, "with_names": given, "warm": warm, "renamed": renamed},
    }


def main() -> int:
    """Print the figures; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--machines", type=int, default=3000)
    parser.add_argument("--docs", type=int, default=100_000)
    parser.add_argument("--linted", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as there:
        empty = best(["--version"], Path(there), asked.rounds)
        whole, half = (check(count, asked.rounds) for count in (asked.machines, asked.machines // 2))
        found = lints(asked.machines, asked.docs, asked.linted, asked.rounds, Path(there))
    figures = {
        "machines": asked.machines,
        "start_up": empty,
        "check": whole,
        "check_of_half": half,
        "target_cpu_s": TARGET_CPU_S,
        **found,
        "missed": ["check"] if whole["cpu_s"] > TARGET_CPU_S else [],
    }
    print(json.dumps(figures, indent=1))
    return 1 if figures["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
