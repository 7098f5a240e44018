"""Render a view's pictures as one HTML file with search and zoom that fetches nothing.

Its policy allows the page's own style and script, by hash, and embedded images.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from html import escape

from kb.diagram.draw.scene import DiagramPicture, DiagramScene, SceneCard


def render_html(
    picture: DiagramPicture, drawn: Mapping[str, str], symbols: str, assets: Mapping[str, str], source: str
) -> str:
    """Return the page. `drawn` are the inline SVGs by scene id, `assets` the page's `css` and `js`."""
    style, script = assets["css"], assets["js"]
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    several = len(picture.scenes) > 1
    choices = "".join(
        f'<option value="{escape(scene.id)}">{escape(_short(scene, picture))}</option>' for scene in picture.scenes
    )
    pages = "\n".join(
        f'<section class="page" id="page-{escape(scene.id)}" data-page="{escape(scene.id)}"'
        f'{"" if number == 0 else " hidden"} aria-label="{escape(scene.title)}">\n'
        f"{_note(scene)}{drawn[scene.id]}</section>"
        for number, scene in enumerate(picture.scenes)
    )
    return f"""<!doctype html>
<html lang="ja">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="kb-source-sha256" content="{source}">
<title>{escape(picture.title)}</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>{escape(picture.title)}</h1>
<div class="tools">
<label class="pages"{"" if several else " hidden"}>ページ <select>{choices}</select></label>
<input type="search" aria-label="探す" placeholder="名前、担当、種類">
<span class="found" role="status"></span>
<button type="button" data-zoom="in" aria-label="大きく">＋</button>
<button type="button" data-zoom="out" aria-label="小さく">－</button>
<button type="button" data-zoom="all">全体</button>
{_drift_button(picture)}</div>
</header>
<main>
{pages}
<aside hidden><ul class="hits"></ul></aside>
</main>
{symbols}<script type="application/json" id="cards">{_island(picture.scenes)}</script>
<script>{script}</script>
</body>
</html>
"""


def _note(scene: DiagramScene) -> str:
    """Return what a picture says below its title: on the page the header has the title, and the picture none."""
    return f"<p>{escape(scene.note)}</p>" if scene.note else ""


def element_prefix(number: int) -> str:
    """Return the prefix of ids in the picture of this number, from 0."""
    return f"p{number}-"


def _short(scene: DiagramScene, picture: DiagramPicture) -> str:
    return "全体" if scene.title == picture.title else scene.title.removeprefix(f"{picture.title} / ")


def _island(scenes: Iterable[DiagramScene]) -> str:
    rows = [
        _row(card, scene, element_prefix(number))
        for number, scene in enumerate(scenes)
        for card in sorted(scene.cards, key=_rank)
        if not card.id.startswith("_page.")
    ]
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _rank(card: SceneCard) -> tuple[int, int, str]:
    """Return what sorts cards: the worst findings first, of as bad ones the most; without any by id."""
    return (-card.drift.severity, -card.drift.count, card.id) if card.drift else (0, 0, card.id)


def _row(card: SceneCard, scene: DiagramScene, prefix: str) -> dict[str, object]:
    detail = " ".join(word for word in (card.detail, card.mark) if word)
    return {
        "element": f"{prefix}{card.id}",
        "page": scene.id,
        "label": card.label,
        "detail": "\n".join(word for word in (detail, *_drift_texts(card)) if word),
        "owner": "" if card.drift else card.owner,
        "opens": card.opens,
        "words": list(card.words),
        "links": [list(link) for link in (*card.links, *(card.drift.links if card.drift else ()))],
    }


_DIFFERS = "実物との違い"


def _drift_texts(card: SceneCard) -> tuple[str, ...]:
    """Return the lines on what differs from a card, which a search finds and shows; none in pictures without drift."""
    if card.drift is None:
        return ()
    owner = f"担当: {card.owner}" if card.owner else ""
    return (owner, f"{card.drift.sign} {_DIFFERS}" if card.drift.rows else "", *card.drift.texts)


def _drift_button(picture: DiagramPicture) -> str:
    """Return the button that lists the cards with findings, "" where there are none."""
    count = len(
        {card.id for card in picture.cards if card.drift and card.drift.rows and not (card.aside or card.opens)}
    )
    label = f"{_DIFFERS}（{count} ノード）"
    return f'<button type="button" data-drift="{_DIFFERS}">{label}</button>\n' if count else ""


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
