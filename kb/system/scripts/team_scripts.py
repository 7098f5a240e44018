"""A team's own `diagrams` scripts, as `kb diagram build` draws them where kb.toml lets them run."""

from __future__ import annotations

from pathlib import Path

from kb.console.terminal import say
from kb.settings.workspace import find_config, load
from kb.system.build import Built
from kb.system.model.toml import FOLDER as MODEL_FOLDER
from kb.system.scripts.pictures import FOLDER, build, scripts_of
from kb.text.lang import t


def allowed() -> list[Path]:
    """The scripts beside kb.toml; none where it does not let them run, which is said where there are some."""
    path = find_config()
    if path is None:
        return []
    scripts = scripts_of(path.parent / FOLDER)
    if scripts and not load(path).diagram.scripts:
        say(
            str(
                t(
                    f"{FOLDER}/ のスクリプトは動かしていません。動かすには kb.toml の [diagram] に scripts = true。",
                    f"the scripts in {FOLDER}/ were not run; to run them set scripts = true in [diagram] of kb.toml.",
                )
            )
        )
        return []
    return scripts


def drawn(scripts: list[Path], out: str) -> tuple[Built, Path] | None:
    """What was drawn of these scripts, and where; None where there are none and never were."""
    path = find_config()
    if path is None:
        return None
    pictures = Path(out).expanduser() if out else path.parent / MODEL_FOLDER / "pictures"
    target = pictures / "scripts"
    if not scripts and not target.exists():
        return None
    return build(scripts, path.parent, target), target
