"""Render kb's section of a published diagram, whose comments record the files esa has. Pure.

    <!-- kb:diagram drawn=2026-11-26 commit=1a2b3c4 -->
    <!-- kb:diagram view=all form=png sha256=9f86… url=https://files.esa.io/… -->

`sha256` stands for what a picture was made from, so two machines that draw it a pixel apart share one file. A comment
counts only as a line of its own outside of code, and only in a section that nobody edited: a name in the model that
looks like one does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kb.diagram.build_files import PictureFile, WantedPicture
from kb.diagram.draw.scene import DiagramScene
from kb.diagram.model.nouns import ViewForm
from kb.lint.printable import escape_wiki
from kb.plan.sections.block import split_lines
from kb.sources.esa.writes import UPLOAD_URL
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

_FILE = compile_lazy(
    r"<!-- kb:diagram view=([a-z0-9.-]{1,130}) form=([a-z]{1,10}) sha256=([0-9a-f]{64}) url=(\S{1,2000}) -->"
)
_STAMP = compile_lazy(r"<!-- kb:diagram drawn=(\d{4}-\d\d-\d\d)(?: commit=([0-9a-f]{4,40}))? -->")


@dataclass(frozen=True, slots=True)
class SectionStamp:
    """When a section was written, and its model's commit ("" for none)."""

    day: str
    commit: str = ""


def render_stamp(stamp: SectionStamp) -> str:
    commit = f" commit={stamp.commit}" if stamp.commit else ""
    return f"<!-- kb:diagram drawn={stamp.day}{commit} -->"


def render_file_mark(view: str, form: str, source: str, url: str) -> str:
    return f"<!-- kb:diagram view={view} form={form} sha256={source} url={url} -->"


def read_stamp(content: str) -> SectionStamp | None:
    """Return the stamp of a section; None without one."""
    found = next((match for line in _content_lines(content) if (match := _STAMP.fullmatch(line))), None)
    return SectionStamp(found[1], found[2] or "") if found else None


def read_file_marks(content: str) -> Mapping[str, str]:
    """Return the files a section says esa has, with their addresses."""
    found: dict[str, str] = {}
    for line in _content_lines(content):
        match = _FILE.fullmatch(line)
        if match and UPLOAD_URL.fullmatch(match[4]):
            found.setdefault(f"{match[2]}:{match[3]}", match[4])
    return found


def _content_lines(content: str) -> Iterator[str]:
    return (line.text.rstrip() for line in split_lines(content) if not line.code)


# The page shows PNG, since it is unknown how esa serves SVG; SVG and HTML are linked. The model's words are foreign
# text: none becomes a link, tag, mention or mark of kb's.


SENT_FORMS = {ViewForm.PNG: "image/png", ViewForm.SVG: "image/svg+xml", ViewForm.HTML: "text/html"}
"""The forms that are sent as files, and their types."""

FENCES = {ViewForm.MERMAID: "mermaid", ViewForm.PLANTUML: "uml"}
"""What esa calls a block of code that it draws."""

_TICKS = compile_lazy(r"`{3,}")


@dataclass(frozen=True, slots=True)
class PublishedSystem:
    """A system as published: its views with files, and the form of the text ("none": no text).

    `source` is what people edit to change it.
    """

    wishes: tuple[WantedPicture, ...]
    text_form: str = "none"
    source: str = "diagrams/system.toml"


def list_files(shown: PublishedSystem) -> tuple[PictureFile, ...]:
    """Return the files a post needs, in sending order."""
    return tuple(file for wish in shown.wishes for file in _files_to_send(wish))


def _files_to_send(wish: WantedPicture) -> tuple[PictureFile, ...]:
    """Return a view's files to send. A page's SVG is not, if the HTML holds it: uploads are few."""
    first = wish.picture.scenes[0]
    whole = any(file.form is ViewForm.HTML for file in wish.files)
    return tuple(
        file
        for file in wish.files
        if file.form in SENT_FORMS and not (whole and file.form is ViewForm.SVG and file.scene is not first)
    )


def render_section(shown: PublishedSystem, urls: Mapping[str, str], stamp: SectionStamp) -> str:
    """Return the section without its marks. `urls` has the addresses of `list_files`, by `PictureFile.key`."""
    return "\n".join(_section_lines(shown, urls, stamp))


def _section_lines(shown: PublishedSystem, urls: Mapping[str, str], stamp: SectionStamp) -> Iterator[str]:
    yield render_stamp(stamp)
    for wish in shown.wishes:
        for file in _files_to_send(wish):
            scene = file.scene.id if file.scene else wish.picture.id
            yield render_file_mark(scene, file.form.value, file.source, urls[file.key])
    for wish in shown.wishes:
        yield from ("", f"### {escape_wiki(wish.picture.title)}", "")
        yield from _view(wish, urls, shown.text_form)
    yield ""
    yield from (f"- {line}" for line in _legend(shown))
    yield f"- {_origin(shown.source, stamp)}"


def _view(wish: WantedPicture, urls: Mapping[str, str], text_form: str) -> Iterator[str]:
    """Yield the overview, or the only picture, then each page, folded."""
    first, *pages = wish.picture.scenes
    yield from _scene(wish, first, urls, text_form)
    for page in pages:
        yield from ("", f"<details><summary>{_escape(page.title)}</summary>", "")
        yield from _scene(wish, page, urls, text_form)
        yield from ("", "</details>")


def _scene(wish: WantedPicture, scene: DiagramScene, urls: Mapping[str, str], text_form: str) -> Iterator[str]:
    there = _files_to_send(wish)
    mine = {
        file.form: file for file in wish.files if file.scene is scene and (file in there or file.form not in SENT_FORMS)
    }
    if ViewForm.PNG in mine:
        yield from (f"![{escape_wiki(scene.title)}]({urls[mine[ViewForm.PNG].key]})", "")
    links = [f"[{t('SVG（拡大できます）', 'SVG')}]({urls[mine[ViewForm.SVG].key]})"] if ViewForm.SVG in mine else []
    page = next((file for file in wish.files if file.form is ViewForm.HTML), None)
    if page is not None and scene is wish.picture.scenes[0]:
        links.append(f"[{t('HTML（検索と拡大ができます）', 'HTML, to search and zoom')}]({urls[page.key]})")
    if links:
        yield "・".join(links)
    if scene.note:
        yield from ("", escape_wiki(scene.note))
    text = next((file for file in mine.values() if file.form == text_form), None)
    if text is not None:
        yield from ("", *_text(text))


def _text(file: PictureFile) -> Iterator[str]:
    """Yield a text of the picture in a fence it cannot close."""
    longest = max((len(ticks) for ticks in _TICKS.findall(file.text)), default=2)
    fence = "`" * (longest + 1)
    word = t("文字で見る", "as text")
    yield from (f"<details><summary>{word} ({file.form.value})</summary>", "")
    yield from (f"{fence}{FENCES[file.form]}", *file.text.rstrip("\n").split("\n"), fence, "", "</details>")


def _legend(shown: PublishedSystem) -> Iterator[Text]:
    """Yield the legend of the signs in these pictures."""
    scenes = [scene for wish in shown.wishes for scene in wish.picture.scenes]
    cards = [card for scene in scenes for card in scene.cards]
    if any(line.dashed for scene in scenes for line in scene.lines):
        yield t("点線の矢印: 返事を待たないやりとり", "dashed arrows: nobody waits for an answer")
    if any(card.faded for card in cards):
        yield t("薄いもの: 終了する予定のもの", "faded: about to be retired")
    if any(card.mark == "要確認" for card in cards):
        yield t(
            "「要確認」: いまも使っているか、まだ分かっていないもの", "要確認: nobody has said yet whether it is used"
        )


def _origin(source: str, stamp: SectionStamp) -> Text:
    commit = t(f"（コミット `{stamp.commit}`）", f" (commit `{stamp.commit}`)") if stamp.commit else t(" ", "")
    return t(
        f"{stamp.day} に `{source}`{commit.ja}から描きました。図を直すときは、このファイルを直してください"
        "（この区画は kb が書き換えます）",
        f"drawn from `{source}`{commit.en} on {stamp.day}. To change it, change that file (kb rewrites this section)",
    )


def _escape(text: str) -> str:
    """Escape foreign text between HTML tags, where Markdown is not parsed."""
    return "".join(each if each.isalnum() or each in " -_" else f"&#{ord(each)};" for each in text)


def list_words(shown: Sequence[DiagramScene]) -> str:
    """Return all words in pictures, to be checked before publishing."""
    parts: list[str] = []
    for scene in shown:
        parts += [scene.title, scene.note, *(box.label for box in scene.boxes)]
        for card in scene.cards:
            parts += [card.label, card.detail, card.mark, card.owner, card.url, *card.words]
            parts += [each for link in card.links for each in link]
        parts += [line.label for line in scene.lines]
    return "\n".join(parts)
