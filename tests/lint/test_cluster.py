"""`--cluster`: two worker processes elsewhere, without the mirror, find what one process here does."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kb.errors import UsageError
from kb.lint.engine import ranges
from kb.lint.engine.workers import parse_address, require_leave

cloudpickle = pytest.importorskip("cloudpickle")
distributed = pytest.importorskip("distributed")

BAD = """## 影響
2025/06/03 の 09:40 から、新規登録 62 件で番号が空になった。

## 原因
番号の表の残りが 0 件になった。残数を知らせる仕組みがなかった。

## 対応
番号を 20 万件補充した。
"""

Call = Callable[..., Any]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="module")
def cluster(elsewhere: Path) -> Iterator[Any]:
    """Two worker processes that were started in another folder, with a user's cache of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(elsewhere)
        patch.setenv("XDG_CACHE_HOME", str(elsewhere / "cache"))
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        running = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, local_directory=str(elsewhere)
        )
    with running:
        yield running


def deny(folder: str) -> str:
    """Make this process unable to open anything below a folder. Gives where the process works."""
    import os

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("open", "sqlite3.connect", "os.listdir", "os.scandir") and arguments:
            name = arguments[0].decode() if isinstance(arguments[0], bytes) else str(arguments[0])
            if folder in name:
                raise PermissionError(name)

    sys.addaudithook(audit)
    return os.getcwd()


def opens(path: str) -> str:
    """What comes of opening a file."""
    try:
        Path(path).open("rb").close()
    except OSError as error:
        return type(error).__name__
    return "opened"


def test_workers_without_the_mirror_find_the_same(
    kb: Call, posts: Any, cluster: Any, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "MAX_RANGE", 5)
    posts.put(*((number, f"件 {number}", BAD if number % 3 else "昼の献立。\n") for number in range(1, 34)))
    alone = kb("lint", "--format", "jsonl", "--jobs", "1")
    assert len([code for code in alone.codes if code[1] == "INC401"]) == 22
    for name in ("judged.db", "judged.db-wal", "judged.db-shm"):
        (posts.root / ".kb" / "cache" / name).unlink(missing_ok=True)
    with distributed.Client(cluster, set_as_default=False) as client:
        cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers cannot import tests
        places = client.run(deny, str(posts.root))
        assert set(places.values()) == {str(elsewhere)}
        assert set(client.run(opens, str(posts.root / ".kb" / "mirror.db")).values()) == {"PermissionError"}
        assert list(client.run(judges).values()) == [0, 0]
        far = kb("lint", "--format", "jsonl", "--cluster", cluster.scheduler_address)
        assert list(client.run(judges).values()) == [1, 1]
    assert far.out == alone.out
    assert far.code == alone.code


def test_an_unchanged_mirror_asks_no_cluster(kb: Call, posts: Any) -> None:
    posts.put((1, "一つ目の件", BAD))
    kb("lint")
    assert kb("lint", "--cluster", "127.0.0.1:9").code == 1


def test_a_cluster_that_does_not_answer_is_a_source_that_failed(
    kb: Call, posts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.lint.engine.workers.CLUSTER_TIMEOUT_S", 1)
    posts.put((1, "一つ目の件", BAD))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        said = kb("lint", "--cluster", f"tcp://127.0.0.1:{taken.getsockname()[1]}")
    assert said.code == 3
    assert "Dask スケジューラー" in said.err
    assert kb("lint").code == 1


@pytest.mark.parametrize(
    "given",
    [
        "",
        "host",
        "http://host:80",
        "tcp://host:0",
        "tcp://host:99999",
        "tcp://a b:1",
        "x",
        "dask.example.jp:8786",
        "tcp://10.0.0.5:8786",
        "127.0.0.1.example.jp:8786",
    ],
)
def test_what_is_no_address(given: str) -> None:
    with pytest.raises(UsageError):
        parse_address(given)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("localhost:8786", "tcp://localhost:8786"),
        ("tcp://127.0.0.2:8786", "tcp://127.0.0.2:8786"),
        ("tls://10.0.0.5:8786", "tls://10.0.0.5:8786"),
        ("tcp://[::1]:8786", "tcp://[::1]:8786"),
    ],
)
def test_an_address(given: str, meant: str) -> None:
    assert parse_address(given) == meant


def test_a_wrong_address_is_told_before_anything_is_read(kb: Call, posts: Any) -> None:
    said = kb("lint", "--cluster", "http://dask:8786")
    assert said.code == 2
    assert "tls://dask.example.jp:8786" in said.err
    assert kb("lint", "--cluster", "dask:8786", "--input", "-").code == 2


def judges() -> int:
    """How many judges this process has made."""
    from kb.lint.engine import work

    return work.build_judge.cache_info().currsize


def test_texts_leave_this_machine_only_where_kb_toml_says_so_and_over_tls(kb: Call, posts: Any) -> None:
    posts.put((1, "件 1", BAD))
    bare = kb("lint", "--cluster", "tcp://10.255.255.1:8786")
    assert (bare.code, "暗号化されずに" in bare.err) == (2, True)
    asked = kb("lint", "--cluster", "tls://10.255.255.1:8786")
    assert asked.code == 2
    assert "[cluster] texts_may_leave = true" in asked.err
    require_leave("127.0.0.1:8786", texts_may_leave=False)


def test_that_texts_leave_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    require_leave("tls://10.255.255.1:8786", texts_may_leave=True)
    assert capsys.readouterr().err.count("記事の本文と、秘密の ID を作る鍵を tls://10.255.255.1:8786 に送ります") == 1
