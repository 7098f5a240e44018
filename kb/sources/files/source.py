"""Local folders of Markdown as sources of kb: what `kb.sources.port` asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from kb.model.document import Kind, Markup, Source, Visibility
from kb.model.health import HealthCheck, note_check, ok_check
from kb.settings.kb_toml import FilesSettings, Settings
from kb.settings.workspace import Workspace
from kb.sources.port import SourcePort
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.mirror.sync.job import SyncJob
    from kb.sources.files.folder import MarkdownFolder
    from kb.sources.transport.connect import ConnectOptions


_READERS = {
    Visibility.PRIVATE: t(
        '書き出し、週報、git に入れるファイルには何も載せません。載せるなら kb.toml に visibility = "members"',
        'nothing of it is in exports, reports and files for git; visibility = "members" in kb.toml shares it',
    ),
    Visibility.MEMBERS: t("メンバー全員が読めるものとして扱います", "what every member may read"),
}


class FilesSource(SourcePort):
    """One folder of `[[source]]`."""

    source = Source.FILES
    system = "files"
    title = t("ファイル", "files")
    pages = t("手元のファイル", "local files")
    default_kind = Kind.FILE
    default_markup = Markup.MARKDOWN

    settings: FilesSettings

    @classmethod
    def configured(cls, settings: Settings) -> Iterable[FilesSource]:
        return [cls(each) for each in settings.source]

    @property
    def name(self) -> str:
        return f"files:{self.settings.name}"

    @property
    def place(self) -> str:
        return self.settings.name

    @property
    def label(self) -> str:
        return self.settings.name

    @property
    def progress_label(self) -> str:
        return self.settings.name

    def connect(self, workspace: Workspace, **options: Unpack[ConnectOptions]) -> MarkdownFolder:
        from kb.sources.files.folder import MarkdownFolder

        return MarkdownFolder.connect(self.settings, workspace.root)

    def sync(self, client: MarkdownFolder, job: SyncJob, project: str) -> None:
        from kb.sources.files.folder import sync_folder

        sync_folder(client, job)

    def check_health(
        self, workspace: Workspace, cache: Path | None, now: Callable[[], datetime]
    ) -> Iterator[HealthCheck]:
        """Whether the folder is there, and who may read it."""
        name, folder = self.settings.name, workspace.root / self.settings.path
        if folder.is_dir():
            readers = _READERS[self.settings.readers]
            yield ok_check(
                t(
                    f'files: {name} は {folder}（visibility = "{self.settings.visibility}": {readers.ja}）',
                    f'files: {name} is {folder} (visibility = "{self.settings.visibility}": {readers.en})',
                )
            )
        else:
            yield note_check(
                t(
                    f"files: {name} のフォルダー {folder} がありません。",
                    f"files: there is no folder {folder} for {name}.",
                ),
                t("kb.toml の path を確かめてください。", "check its path in kb.toml."),
            )


SOURCE = FilesSource
