"""Scan each file below a folder with a library from PyPI: a finding a line, as {"file", "line", "text"}.

    .venv-peers/bin/python bench/scan.py detect-secrets|kingfisher FOLDER REPORT.jsonl

Run by bench/peers.py in the environment of the peers. Nothing is verified over the network.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path


def detect_secrets(files: list[Path]) -> Iterator[tuple[Path, int, str]]:
    """All plugins with the filters that are on by default."""
    from detect_secrets import SecretsCollection
    from detect_secrets.settings import default_settings

    found = SecretsCollection()
    with default_settings():
        for file in files:
            found.scan_file(str(file))
    for name, secret in found:
        yield Path(name), secret.line_number, secret.secret_value or ""


def kingfisher(files: list[Path]) -> Iterator[tuple[Path, int, str]]:
    """All rules. It shows no values: they are cut out of the file, whose offsets count bytes."""
    import kingfisher_sdk

    scanner = kingfisher_sdk.Scanner()
    for file in files:
        content = file.read_bytes()
        for each in scanner.scan(content):
            place = each.location
            value = content[place["start_offset"] : place["end_offset"]]
            yield file, place["line"], value.decode(errors="replace")


SCANNERS = {"detect-secrets": detect_secrets, "kingfisher": kingfisher}

if __name__ == "__main__":
    name, folder, report = sys.argv[1:]
    with Path(report).open("w", encoding="utf-8") as out:
        for file, line, text in SCANNERS[name](sorted(Path(folder).rglob("*.md"))):
            out.write(json.dumps({"file": file.name, "line": line, "text": text}) + "\n")
