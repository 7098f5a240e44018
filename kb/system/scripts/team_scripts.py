"""A team's own `diagrams` scripts, as `kb diagram build` draws them where kb.toml lets them run."""

from __future__ import annotations

from pathlib import Path

from kb.console.terminal import say
from kb.settings.workspace import find_config, load_settings
from kb.system.build import BuildResult
from kb.system.model.toml import MODEL_FOLDER
from kb.system.scripts.pictures import SCRIPTS_FOLDER, build_scripts, list_scripts
from kb.text.lang import t


def allowed_scripts() -> list[Path]:
    """The scripts beside kb.toml; none where it does not let them run, which is said where there are some."""
    path = find_config()
    if path is None:
        return []
    scripts = list_scripts(path.parent / SCRIPTS_FOLDER)
    if scripts and not load_settings(path).diagram.scripts:
        say(
            str(
                t(
                    f"{SCRIPTS_FOLDER}/ のスクリプトは動かしていません。"
                    "動かすには kb.toml の [diagram] に scripts = true。",
                    f"the scripts in {SCRIPTS_FOLDER}/ were not run; to run them set scripts = true in [diagram] of "
                    "kb.toml.",
                )
            )
        )
        return []
    return scripts


def draw_scripts(scripts: list[Path], out: str) -> tuple[BuildResult, Path] | None:
    """What was drawn of these scripts, and where; None where there are none and never were."""
    path = find_config()
    if path is None:
        return None
    pictures = Path(out).expanduser() if out else path.parent / MODEL_FOLDER / "pictures"
    target = pictures / "scripts"
    if not scripts and not target.exists():
        return None
    return build_scripts(scripts, path.parent, target), target
