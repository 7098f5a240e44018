"""The smallest source there can be: pages of a JSON file, in one folder, as a wiki would give them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Unpack

from toy.remote import ToyRemote

from kb.errors import ConfigError, RefusedError
from kb.mirror import queries
from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.mirror.sync.job import SyncJob
from kb.model.document import Kind, Markup, Source
from kb.model.health import HealthCheck, failed_check, ok_check
from kb.model.plan import SeenState
from kb.plan.rebase import CurrentTarget
from kb.settings.kb_toml import Settings
from kb.settings.workspace import Workspace
from kb.sources.port import EnvVariable, InitQuestion, PlanOwner, RemoteOptions, WritePort
from kb.sources.transport.call import Watcher
from kb.sources.transport.connect import ConnectOptions
from kb.sources.transport.credentials import CredentialStatus
from kb.text.lang import t

TOY = Source("toy")


@dataclass(frozen=True, slots=True)
class ToySettings:
    """`[toy]`: the file its pages are in."""

    path: str = field(metadata={"example": '"pages.json"'})


class ToySource(WritePort):
    """The wiki of `[toy]`."""

    source = TOY
    system = "Toy"
    title = t("Toy", "Toy")
    pages = t("Toy のページ", "Toy pages")
    default_kind = Kind.POST
    default_markup = Markup.MARKDOWN
    table = ToySettings
    variables = (EnvVariable("TOY_TOKEN", "Toy のトークン"),)
    question = InitQuestion(t("Toy のファイル（使わないなら空）: ", "the Toy's file (empty: none): "), "--source toy=…")

    settings: ToySettings

    @property
    def place(self) -> str:
        return self.settings.path

    def connect(self, workspace: Workspace, **options: Unpack[ConnectOptions]) -> list[dict[str, Any]]:
        try:
            return list(json.loads((workspace.root / self.settings.path).read_text("utf-8")))
        except (OSError, ValueError):
            raise ConfigError(t("Toy のページを読めません。", "the Toy's pages cannot be read.")) from None

    def sync(self, client: list[dict[str, Any]], job: SyncJob, project: str) -> None:
        have = queries.live_keys(job.mirror.database, TOY, Kind.POST)
        rows = [self._row(page) for page in client]
        missing = [here for key, (here, _, _) in have.items() if key not in {row.key for row in rows}]
        job.hold(len(missing), len(have))
        with job.write() as writer:
            writer.put(rows)
            for here in missing:
                writer.mark_gone(here)

    def _row(self, page: dict[str, Any]) -> SourceRow:
        key = str(page["id"])
        title, body, at = str(page["title"]), str(page["body"]), str(page["at"])
        return SourceRow(
            *(TOY, Kind.POST, key, f"toy:{key}", title, body, {}),
            number=int(key) if key.isdecimal() else None,
            category=str(page["category"]),
            url=f"https://toy.example.jp/posts/{key}",
            created_at=at,
            updated_at=at,
        )

    def check_health(
        self, workspace: Workspace, cache: Path | None, now: Callable[[], datetime]
    ) -> Iterator[HealthCheck]:
        try:
            count = len(self.connect(workspace))
        except ConfigError as error:
            yield failed_check(error)
        else:
            yield ok_check(t(f"Toy: ページ {count} 件", f"Toy: {count} pages"))

    def credentials(self, workspace: Workspace, now: datetime) -> Iterator[CredentialStatus]:
        yield CredentialStatus("toy", "read", "TOY_TOKEN", t("環境変数 TOY_TOKEN", "the variable TOY_TOKEN"), "ono")

    def link_end(self, address: str) -> str:
        host, slash, key = address.partition("https://toy.example.jp/posts/")
        return f"toy:{key}" if slash and not host and key else ""

    @classmethod
    def owns(cls, made: PlanOwner, settings: Settings) -> bool:
        return made.team == ""

    @classmethod
    def foreign_plan_error(cls, plan: PlanOwner, settings: Settings) -> RefusedError:
        return RefusedError(t("別の Toy の変更案です。", "this plan is for another Toy."))

    def open_remote(
        self, stack: ExitStack, workspace: Workspace, mirror: Mirror, options: RemoteOptions, watch: Watcher | None
    ) -> Callable[[str], ToyRemote]:
        return lambda run: ToyRemote(workspace.root / self.settings.path)

    @classmethod
    def mirrored_target(cls, mirror: Mirror, number: int) -> CurrentTarget | None:
        found = mirror.find(TOY, Kind.POST, str(number))
        if found is None:
            return None
        page = found.document
        return CurrentTarget(
            {"title": page.title, "category": page.category}, SeenState(page.updated_at), page.title, ""
        )

    def url_of(self, number: int) -> str:
        return f"https://toy.example.jp/posts/{number}"

    @property
    def writes_apart(self) -> bool:
        return False

    @classmethod
    def parse_typed(cls, typed: str) -> str:
        return typed.replace("https://toy.example.jp/posts/", "toy:") if "toy.example.jp" in typed else ""


SOURCE = ToySource
