"""Send what `kb diagram publish` publishes: files esa lacks, then one edit of the post."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kb.console.progress import Meter
from kb.console.run_program import read_output
from kb.console.terminal import say, say_safe
from kb.diagram.build import PICTURES_FOLDER, build_pictures
from kb.diagram.build_files import PictureFile, WantedPicture
from kb.diagram.model.nouns import Model
from kb.diagram.model.toml import list_model_files
from kb.diagram.publish_section import (
    SENT_FORMS,
    PublishedSystem,
    SectionStamp,
    list_files,
    list_words,
    read_file_marks,
    read_stamp,
    render_section,
)
from kb.errors import AnswerError, ChangeError, KbError, RefusedError, UnreachableError
from kb.execute.uploads import Upload, check_files, find_uploaded, upload_files
from kb.plan.sections.block import find_section, hash_content, render_block
from kb.plan.sections.patch import refuse_secret
from kb.reports.publish.decide import Publication, PublishForm, PublishPage
from kb.settings.workspace import Workspace
from kb.sources.esa.writes import UPLOAD_WINDOW_S, UPLOADS_PER_WINDOW, UploadFile
from kb.text.display import sanitize
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

SECTION_NAME = "diagram"
PLACEHOLDER_URL = "upload:"
"""Stands where an address will be that esa has not given yet."""


@dataclass(frozen=True, slots=True)
class DiagramUpload:
    """A model's pictures on their way into a post. With `dry` nothing is drawn, written or sent."""

    workspace: Workspace
    page: PublishPage
    folder: Path
    model: Model
    wishes: tuple[WantedPicture, ...]
    dry: bool = False

    def prepare(self, body: str) -> Publication:
        """Return the publication for a post of this text; unchanged pictures stay as they are.

        Missing ones are drawn, not sent. Raises RefusedError for what must not be published, ToolError, InputError.
        """
        names = sorted({place.file for place in self.model.places.values()})
        source = names[0] if len(names) == 1 else "diagrams/*.toml"
        shown = PublishedSystem(self.wishes, self.model.system.text_form, source)
        stands = find_section(body, SECTION_NAME)
        ours = stands if stands is not None and not stands.edited else None
        have = {**find_uploaded(self.workspace, self.page.target), **(read_file_marks(ours.content) if ours else {})}
        missing = [file for file in list_files(shown) if file.key not in have]
        stamp = read_stamp(ours.content) if ours is not None else None
        if ours is not None and stamp is not None and not missing:
            kept = self._piece(shown, have, stamp)
            made = find_section(render_block(SECTION_NAME, kept.write(PublishForm.MARKDOWN)), SECTION_NAME)
            if made is not None and hash_content(made.content) == hash_content(ours.content):
                return kept
        self._refuse_secret(shown)
        if stands is not None and ours is None:
            missing = []  # it was edited: nothing will be sent
        uploads = [] if self.dry else self._draw(missing)
        check_files(uploads)
        return self._piece(shown, have, self._stamp(), missing, uploads)

    def _piece(
        self,
        shown: PublishedSystem,
        have: Mapping[str, str],
        stamp: SectionStamp,
        missing: Sequence[PictureFile] = (),
        uploads: Sequence[Upload] = (),
    ) -> Publication:
        urls = {**{file.key: f"{PLACEHOLDER_URL}{file.name}" for file in list_files(shown)}, **have}
        title = sanitize(self.model.system.title)

        def first() -> Publication:
            return self._piece(shown, {**have, **self._send(uploads)}, stamp)

        return Publication(
            SECTION_NAME,
            t(f"構成図「{title}」", f"the diagram {title!r}"),
            lambda form: render_section(shown, urls, stamp),
            notes=self._notes(missing, uploads),
            first=first if uploads else None,
        )

    def _notes(self, missing: Sequence[PictureFile], uploads: Sequence[Upload]) -> tuple[Text, ...]:
        if not missing:
            return ()
        size = sum(len(each.file.content) for each in uploads)
        of = t(f"（{_size(size)}）", f" ({_size(size)})") if size else t("", "")
        names = "、".join(file.name for file in missing[:MAX_FILES])
        rest = len(missing) - MAX_FILES
        more = t(f"、ほか {rest:,} 個", f" and {rest:,} more") if rest > 0 else t("", "")
        minutes = t("", "")
        if (rounds := (len(missing) - 1) // UPLOADS_PER_WINDOW) > 0:
            seconds = int(rounds * UPLOAD_WINDOW_S)
            minutes = t(
                f"送れるのは 10 秒に {UPLOADS_PER_WINDOW:,} 個までなので、約 {seconds} 秒かかります。",
                f" {UPLOADS_PER_WINDOW:,} go in 10 s, so that takes about {seconds} s.",
            )
        return (
            t(
                f"アップロードするファイル: {len(missing):,} 個{of.ja}: {names}{more.ja}"
                "。アドレスは送るまで決まりません。アップロードしたファイルは、kb からは消せません。"
                f"{minutes.ja}",
                f"files to upload: {len(missing):,}{of.en}: {names}{more.en}. "
                f"Their addresses are not known before, and kb cannot take an uploaded file back.{minutes.en}",
            ),
        )

    def _refuse_secret(self, shown: PublishedSystem) -> None:
        """Raise RefusedError if a picture's text seems to hold a secret, which cannot be masked there."""
        for wish in shown.wishes:
            if refuse_secret(list_words(wish.picture.scenes)) is None:
                continue
            raise RefusedError(
                t(
                    "構成図のもとに秘密の値が入っているようなので、送りませんでした。",
                    "the model seems to hold a secret, so nothing was sent.",
                ),
                t(
                    "diagrams/ の TOML からその値を消し、値そのものも変えてください（git の履歴には残っています）。",
                    "take it out of the TOML below diagrams/, and change that value (git's history still has it).",
                ),
            )

    def _draw(self, missing: Sequence[PictureFile]) -> list[Upload]:
        """Return the bytes of these files, drawn if out of date. Raises ToolError, InputError."""
        if not missing:
            return []
        target = self.folder / PICTURES_FOLDER
        with Meter(str(t("構成図", "diagram"))) as meter:
            built = build_pictures([wish.picture for wish in self.wishes], target, progress=meter.step)
        if built.written:
            where = sanitize(os.path.relpath(target))
            say(t(f"描きました: {len(built.written):,} 個（{where}）", f"drawn: {len(built.written):,} ({where})"))
        for note in built.notes:
            say_safe(note)
        return [
            Upload(file.key, UploadFile(file.name, SENT_FORMS[file.form], (target / file.name).read_bytes()))
            for file in missing
        ]

    def _send(self, uploads: Sequence[Upload]) -> Mapping[str, str]:
        """Send the files and return their addresses. Raises ChangeError and others when not all arrived."""
        with Meter(str(t("アップロード", "uploading"))) as meter:
            done = upload_files(
                self.workspace,
                self.page.target,
                uploads,
                watch=lambda told: meter.request(told.requests, told.remaining, told.waiting_s),
                step=meter.step,
            )
        print(
            t(
                f"{done.run}: アップロード {len(done.urls):,} 個・{done.requests:,} リクエスト",
                f"{done.run}: {len(done.urls):,} uploaded, {done.requests:,} requests",
            )
        )
        if done.trouble is not None:
            raise _explain_stop(done.trouble, len(uploads) - len(done.urls), done.unsure)
        return done.urls

    def _stamp(self) -> SectionStamp:
        day = datetime.now(ZoneInfo(self.workspace.settings.timezone)).date().isoformat()
        return SectionStamp(day, last_commit(list_model_files(self.folder)))


MAX_FILES = 6
"""Names of files that are said."""


def _size(size: int) -> str:
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{-(-size // 1024)} KB"


def _explain_stop(error: KbError, left: int, unsure: str) -> KbError:
    """Return the message about files that did not arrive: the post is unchanged."""
    doubt = (
        t(
            f"{sanitize(unsure)} は届いたかどうか分かりません"
            "（届いていれば、使われないファイルが esa に 1 つ残ります）。",
            f"it is unknown whether {sanitize(unsure)} arrived (if so, esa keeps one file that nothing shows).",
        )
        if unsure
        else t("", "")
    )
    still = t(
        f"アップロードが {left:,} 個残っています。{doubt.ja}記事には何も書いていません。",
        f"{left:,} files are not uploaded. {doubt.en} Nothing was written into the post.",
    )
    step = t("もう一度実行すると、残りだけを送ります。", "run it again: it sends only those.")
    if isinstance(error, AnswerError | UnreachableError):
        return ChangeError(t(f"{error.what.ja} {still.ja}", f"{error.what.en} {still.en}"), step)
    say(still)
    return error  # says itself what happened


_WAIT_S = 10
_HASH = compile_lazy(r"[0-9a-f]{7,40}")


def last_commit(files: Sequence[Path]) -> str:
    """Return the abbreviated last commit of these files.

    "" without git or a commit, or when they differ from every commit.
    """
    if not files:
        return ""
    folder = files[0].parent
    names = [path.name for path in files]
    changed = _git(folder, "status", "--porcelain", "--", *names)
    if changed is None or changed.strip():
        return ""
    commit = (_git(folder, "log", "-1", "--format=%h", "--", *names) or "").strip()
    return commit if _HASH.fullmatch(commit) else ""


def _git(folder: Path, *words: str) -> str | None:
    """Return git's output; None if it is missing, slow or fails."""
    environment = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    done = read_output(["git", *words], timeout_s=_WAIT_S, folder=folder, environment=environment)
    return done.stdout if done is not None and done.returncode == 0 else None
