"""図にない jar が動いています / A jar runs that the model does not have

なぜ:
    何のためのものか分からない jar は、止めてよいかも、いつ直せるかも分かりません。動いているファイルが置き換わったの
    に、古いままのプロセスも知らせます。次に起動したとき、いまと違うものが動きます。
悪い例:
    # etl-01 で import-old.jar が動いている
    [[node]]
    id = "etl"
    match = { ec2_name = ["etl-*"], jar = ["etl.jar"] }
良い例:
    # 取り込みの jar だと分かった
    [[node]]
    id = "etl"
    match = { ec2_name = ["etl-*"], jar = ["etl.jar", "import-old.jar"] }
Why:
    Of a jar nobody can explain, nobody can say whether it may be stopped, or when it can be mended. Told as well is a
    process older than its file: what runs at the next start is not what runs now.
Bad:
    # import-old.jar runs on etl-01
    [[node]]
    id = "etl"
    match = { ec2_name = ["etl-*"], jar = ["etl.jar"] }
Good:
    [[node]]
    id = "etl"
    match = { ec2_name = ["etl-*"], jar = ["etl.jar", "import-old.jar"] }
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import Text, t
from linters.system.telling import ask_nodes, gather_unlisted

if TYPE_CHECKING:
    from kb.diagram.model.nouns import Node
    from kb.estate.drift.estate import Estate
    from kb.estate.drift.items.hosts import Host


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each jar that runs and is in no match, or is older than its file."""
    from kb.estate.drift.programs import is_newer_than, jar_of, jars_alone, names_match

    alone = jars_alone(estate.model)

    def find(host: Host, nodes: Sequence[Node]) -> Iterator[tuple[str, Text]]:
        for process in host.processes:
            path = jar_of(process)
            name = path.rpartition("/")[2]
            if not path:
                continue
            if not any(names_match(node.match.jar, path) for node in (*nodes, *alone)):
                yield name, t(f"{host.name} で動いている {path}", f"{path} runs on {host.name}")
            elif is_newer_than(host, path, process):
                yield name, t(f"{path} はプロセスより新しい", f"{path} is newer than its process")

    for target, evidence, nodes in gather_unlisted(estate, find):
        ask = ask_nodes(nodes)
        yield DriftHit(
            target,
            t(
                f"{target.rpartition('/')[2]} が動いていますが、図にないか、ファイルのほうが新しくなっています。",
                f"{target.rpartition('/')[2]} runs; the model does not have it, or its file is newer.",
            ),
            evidence,
            t(
                f"{ask.ja}、何のためのものか確かめてください。手がかり: ls -l --time-style=full-iso、jar tf、git log",
                f"{ask.en} what it is for. Where to look: ls -l --time-style=full-iso, jar tf, git log",
            ),
        )


rule = drift_rule("SYS243", __name__, Severity.WARNING, look)
