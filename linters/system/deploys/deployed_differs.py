"""動いているものが、リポジトリと違います / What is deployed differs from the repository

なぜ:
    サーバーの上で直したものは、次のデプロイで消えるか、だれにも説明できないまま残ります。クローンの HEAD と書き換えた
    ファイル、クローンでないフォルダーの中身、同じノードのホストごとに違う jar を知らせます。
    リポジトリにないファイルは、同じ種類のソースがあるフォルダーに増えたときと、図の owns に書いた場所にあるときだけです
    （動きながら書くログなどは違いではありません）。
悪い例:
    # web-02 の /var/www/web は HEAD が 2 つ前で、3 ファイルが書き換わっている
    [[node]]
    id = "web"
    repo = "https://github.com/example/web"
良い例:
    # 差分をリポジトリに入れて、デプロイし直した
    [[node]]
    id = "web"
    repo = "https://github.com/example/web"
Why:
    What was mended on a server is lost at the next deployment, or stays and nobody can explain it. Told are the HEAD
    and the changed files of clones, the contents of folders that are none, and a jar that differs between the hosts
    of a node. A file that the repository lacks is one where it came to a folder with source of its kind, or to a place
    of `owns` in the model: what a program writes while it runs is no difference.
Bad:
    # on web-02, HEAD of /var/www/web is two behind, and three files were changed
    [[node]]
    id = "web"
    repo = "https://github.com/example/web"
Good:
    # what differed is in the repository now, and was deployed
    [[node]]
    id = "web"
    repo = "https://github.com/example/web"
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import Text, count_noun, t
from linters.system import label_node, label_node_en, list_in_use
from linters.system.telling import ask_owner, list_some

if TYPE_CHECKING:
    from kb.diagram.model.nouns import Node
    from kb.estate.drift.estate import Estate
    from kb.estate.drift.items.files import DeployedFile
    from kb.estate.drift.items.hosts import Host
    from kb.estate.drift.items.repos import Repository
    from kb.estate.drift.kinds import Evidence


def _clones(estate: Estate, node: Node) -> Iterator[Evidence]:
    """Yield the clones on a node's hosts that are not at the tip of their repository, or were changed."""
    for host in estate.hosts_of(node):
        for clone in host.clones:
            repository = estate.deployments.repository_of(clone.origin, node)
            told = []
            if repository is not None and repository.commits and clone.head and clone.head != repository.commits[0]:
                told.append(_behind(clone.head, repository.commits))
            if clone.changed:
                told.append(t(f"書き換えたファイル {clone.changed:,}", count_noun(clone.changed, "changed file")))
            if told:
                ja, en = "、".join(each.ja for each in told), ", ".join(each.en for each in told)
                place = f"{host.name}:{clone.folder}"
                yield estate.host_evidence(host, t(f"{place} {ja}", f"{place} {en}"))


def _behind(head: str, commits: Sequence[str]) -> Text:
    short = head[:7]
    if head in commits:
        count = commits.index(head)
        return t(f"HEAD {short} は {count:,} コミット前", f"HEAD {short} is {count_noun(count, 'commit')} behind")
    return t(f"HEAD {short} はリポジトリにない", f"HEAD {short} is not in the repository")


def _files(estate: Estate, node: Node) -> Iterator[Evidence]:
    """Yield the folders on a node's hosts whose files differ from those of its repository."""
    from kb.estate.drift.trees import list_differences

    repository = estate.deployments.repository_of(node.repo, node)
    if repository is None or not repository.files:
        return
    for host in estate.hosts_of(node):
        folders: dict[str, list[DeployedFile]] = {}
        for each in host.files:
            folders.setdefault(each.folder, []).append(each)
        for folder, files in sorted(folders.items()):
            paths = list_differences(repository, files, node.owns) if _is_of(repository, files) else []
            if not paths:
                continue
            names = list_some(paths)
            place = f"{host.name}:{folder}"
            yield estate.host_evidence(host, t(f"{place} 違うもの: {names.ja}", f"{place} differs: {names.en}"))


def _is_of(repository: Repository, files: Sequence[DeployedFile]) -> bool:
    """Return whether a folder holds what a repository does: half the paths of the smaller are in both."""
    shared = sum(each.path in repository.files for each in files)
    return shared * 2 >= min(len(files), len(repository.files))


def _jars(estate: Estate, node: Node) -> Iterator[Evidence]:
    """Yield the jars that are not the same on all hosts of a node."""
    hashes: dict[str, dict[str, list[Host]]] = {}
    for host in estate.hosts_of(node):
        for jar in host.jars:
            if jar.sha256 and jar.pids:
                hashes.setdefault(jar.path, {}).setdefault(jar.sha256, []).append(host)
    for path, found in sorted(hashes.items()):
        if len(found) > 1:
            for sha256, hosts in sorted(found.items()):
                names = list_some([host.name for host in hosts])
                yield estate.host_evidence(
                    hosts[0], t(f"{path} {sha256[:8]}: {names.ja}", f"{path} {sha256[:8]}: {names.en}")
                )


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each node with something on a host that the repository does not have so."""
    for node in list_in_use(estate.model):
        evidence = [*_clones(estate, node), *_files(estate, node), *_jars(estate, node)]
        if evidence:
            ask = ask_owner(node)
            yield DriftHit(
                node.id,
                t(
                    f"{label_node(node)}で動いているものが、リポジトリと違います。",
                    f"What is deployed of {label_node_en(node)} differs from the repository.",
                ),
                tuple(evidence),
                t(
                    f"{ask.ja}、差分を戻すか、リポジトリに入れてください。",
                    f"{ask.en}; take the difference back, or into the repository.",
                ),
            )


rule = drift_rule("SYS235", __name__, Severity.WARNING, look)
