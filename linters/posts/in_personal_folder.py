"""チームの記事が個人のフォルダーにあります / A page of the team's is in a personal folder

なぜ:
    個人のフォルダーの記事は、ほかの人が探す場所にありません。持ち主がチームを離れると、そのまま埋もれます。
    公開されている障害の記事と、持ち主でない人が編集している記事を知らせます。手元のメモは、そのままでかまいません。
    個人のフォルダーは kb.toml の [people] folders で決められます。
悪い例:
    Users/ono/注文が二重になる
良い例:
    不具合共有/2025/注文が二重になる
Why:
    Nobody looks for the team's pages in one person's folder, and when that person leaves they stay there.
    Told are shipped incident pages, and pages somebody else has edited; notes of one's own may stay where they are.
    What is a personal folder is said by [people] folders in kb.toml.
Bad:
    Users/ono/Orders are doubled
Good:
    incidents/2025/Orders are doubled
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.finding import Severity
from kb.model.page import Entry
from kb.reading.tickets.finished import address_person
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.text.globs import find_personal_folder
from kb.text.lang import t
from linters.posts import POSTS, folder_owner
from linters.titles import title_hit

SHARED = t(
    "個人のフォルダーにありますが、ほかの人も編集しています。チームで使う記事なら、チームの場所へ移してください。",
    "In a personal folder, and others edit it too: if the team uses it, move it to where the team looks.",
)


def join(entry: Entry, world: World) -> Iterator[Hit]:
    """Yield a hit for a shipped page in a personal folder that is an incident or that others edit."""
    folder = find_personal_folder(entry.category, world.folders)
    if not folder or entry.wip or folder_owner(folder) in world.former:  # who left: PST103 speaks of it
        return
    other = entry.human_by.strip()
    if entry.is_incident:
        says = t(
            "障害の記事が個人のフォルダーにあります。チームの場所へ移してください。",
            "An incident page in a personal folder: move it to where the team looks.",
        )
        yield title_hit(entry, says, Confidence.HIGH, "personal:incident", placed=True)
    elif other and other.casefold() not in (folder_owner(folder), entry.author.strip().casefold()):
        evidence = t(f"最後の編集: {address_person(other)}", f"last edited by {other}")
        yield title_hit(entry, SHARED, Confidence.MEDIUM, "personal:shared", placed=True, evidence=evidence)


rule = Rule("PST102", __name__, Severity.INFO, join=join, kinds=POSTS, reads=False)
