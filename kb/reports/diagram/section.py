"""The section of a post that shows a system: pictures, what their signs mean, where the model is. Pure.

PNG is what a page shows, since nobody knows how esa serves SVG; SVG and HTML are linked. Every word of the model is
foreign text: nothing in it becomes a link, a tag, a mention or a mark of kb's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kb.lang import Text, t
from kb.reports.diagram.marks import Stamp, key, marked, stamped
from kb.reports.incidents.markdown import escaped
from kb.system.draw.scene import Scene
from kb.system.model import Form
from kb.system.wanted import File, Wish

SENT = {Form.PNG: "image/png", Form.SVG: "image/svg+xml", Form.HTML: "text/html"}
"""The forms that are sent as files, and their types."""

FENCES = {Form.MERMAID: "mermaid", Form.PLANTUML: "uml"}
"""What esa calls a block of code that it draws."""

_TICKS = re.compile(r"`{3,}")


@dataclass(frozen=True, slots=True)
class Shown:
    """A system as it is published: the views with their files, and which text goes along ("none": no text).

    `source` is what people edit to change it.
    """

    wishes: tuple[Wish, ...]
    text_form: str = "none"
    source: str = "diagrams/system.toml"


def files(shown: Shown) -> tuple[File, ...]:
    """The files a post needs, in the order they are sent."""
    return tuple(file for wish in shown.wishes for file in _sent(wish))


def _sent(wish: Wish) -> tuple[File, ...]:
    """The files of a view that are sent. The SVG of a page is not where HTML holds it: uploads are few at a time."""
    first = wish.picture.scenes[0]
    whole = any(file.form is Form.HTML for file in wish.files)
    return tuple(
        file
        for file in wish.files
        if file.form in SENT and not (whole and file.form is Form.SVG and file.scene is not first)
    )


def markdown(shown: Shown, urls: Mapping[str, str], stamp: Stamp) -> str:
    """The section without kb's outer marks. `urls` are the addresses of `files`, by `marks.key`."""
    return "\n".join(_lines(shown, urls, stamp))


def _lines(shown: Shown, urls: Mapping[str, str], stamp: Stamp) -> Iterator[str]:
    yield stamped(stamp)
    for wish in shown.wishes:
        for file in _sent(wish):
            scene = file.scene.id if file.scene else wish.picture.id
            yield marked(scene, file.form.value, file.source, urls[key(file.form, file.source)])
    for wish in shown.wishes:
        yield from ("", f"### {escaped(wish.picture.title)}", "")
        yield from _view(wish, urls, shown.text_form)
    yield ""
    yield from (f"- {line}" for line in _legend(shown))
    yield f"- {_origin(shown.source, stamp)}"


def _view(wish: Wish, urls: Mapping[str, str], text_form: str) -> Iterator[str]:
    """The overview, or the one picture there is; then each page, folded."""
    first, *pages = wish.picture.scenes
    yield from _scene(wish, first, urls, text_form)
    for page in pages:
        yield from ("", f"<details><summary>{_plain(page.title)}</summary>", "")
        yield from _scene(wish, page, urls, text_form)
        yield from ("", "</details>")


def _scene(wish: Wish, scene: Scene, urls: Mapping[str, str], text_form: str) -> Iterator[str]:
    there = _sent(wish)
    mine = {file.form: file for file in wish.files if file.scene is scene and (file in there or file.form not in SENT)}
    if Form.PNG in mine:
        yield from (f"![{escaped(scene.title)}]({_url(mine[Form.PNG], urls)})", "")
    links = [f"[{t('SVG（拡大できます）', 'SVG')}]({_url(mine[Form.SVG], urls)})"] if Form.SVG in mine else []
    page = next((file for file in wish.files if file.form is Form.HTML), None)
    if page is not None and scene is wish.picture.scenes[0]:
        links.append(f"[{t('HTML（検索と拡大ができます）', 'HTML, to search and zoom')}]({_url(page, urls)})")
    if links:
        yield "・".join(links)
    if scene.note:
        yield from ("", escaped(scene.note))
    text = next((file for file in mine.values() if file.form == text_form), None)
    if text is not None:
        yield from ("", *_text(text))


def _text(file: File) -> Iterator[str]:
    """A text of the picture, in a fence that nothing in it closes."""
    longest = max((len(ticks) for ticks in _TICKS.findall(file.text)), default=2)
    fence = "`" * (longest + 1)
    word = t("文字で見る", "as text")
    yield from (f"<details><summary>{word} ({file.form.value})</summary>", "")
    yield from (f"{fence}{FENCES[file.form]}", *file.text.rstrip("\n").split("\n"), fence, "", "</details>")


def _url(file: File, urls: Mapping[str, str]) -> str:
    return urls[key(file.form, file.source)]


def _legend(shown: Shown) -> Iterator[Text]:
    """What the signs mean that are in these pictures."""
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


def _origin(source: str, stamp: Stamp) -> Text:
    commit = t(f"（コミット `{stamp.commit}`）", f" (commit `{stamp.commit}`)") if stamp.commit else t("", "")
    return t(
        f"{stamp.day} に `{source}`{commit.ja}から描きました。図を直すときは、このファイルを直してください"
        "（この区画は kb が書き換えます）",
        f"drawn from `{source}`{commit.en} on {stamp.day}. To change it, change that file (kb rewrites this section)",
    )


def _plain(text: str) -> str:
    """Foreign text between tags of HTML, where no Markdown is read: whatever could mean something is an entity."""
    return "".join(each if each.isalnum() or each in " -_" else f"&#{ord(each)};" for each in text)


def words(shown: Sequence[Scene]) -> str:
    """All that is written in pictures, to be looked through for what must not be published."""
    parts: list[str] = []
    for scene in shown:
        parts += [scene.title, scene.note, *(box.label for box in scene.boxes)]
        for card in scene.cards:
            parts += [card.label, card.detail, card.mark, card.owner, card.url, *card.words]
            parts += [each for link in card.links for each in link]
        parts += [line.label for line in scene.lines]
    return "\n".join(parts)
