"""Draw a team's own `diagrams` scripts in `kb diagram build`, if kb.toml allows it."""

from __future__ import annotations

from pathlib import Path

from kb.console.terminal import say
from kb.settings.workspace import find_config, load_settings
from kb.system.build import BuildResult
from kb.system.model.toml import MODEL_FOLDER
from kb.system.scripts.pictures import SCRIPTS_FOLDER, build_scripts, list_scripts
from kb.text.lang import t


def allowed_scripts() -> list[Path]:
    """Return the scripts beside kb.toml; none, and a note, if it does not allow them."""
    path = find_config()
    if path is None:
        return []
    scripts = list_scripts(path.parent / SCRIPTS_FOLDER)
    if scripts and not load_settings(path).diagram.scripts:
        say(
            t(
                f"{SCRIPTS_FOLDER}/ のスクリプトは動かしていません。"
                "動かすには kb.toml の [diagram] に scripts = true。",
                f"the scripts in {SCRIPTS_FOLDER}/ were not run; to run them set scripts = true in [diagram] of "
                "kb.toml.",
            )
        )
        return []
    return scripts


def draw_scripts(scripts: list[Path], out: str) -> tuple[BuildResult, Path] | None:
    """Return what was drawn and where; None if there are no scripts and never were."""
    path = find_config()
    if path is None:
        return None
    pictures = Path(out).expanduser() if out else path.parent / MODEL_FOLDER / "pictures"
    target = pictures / "scripts"
    if not scripts and not target.exists():
        return None
    return build_scripts(scripts, path.parent, target), target
