"""Put the versions of reader and detector into the wheel: an installed kb does not compute them."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class VersionsHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        package = Path(self.root) / "kb"
        spec = importlib.util.spec_from_file_location("versions", package / "text" / "versions.py")
        assert spec is not None
        assert spec.loader is not None
        versions = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(versions)
        self._folder = tempfile.TemporaryDirectory()
        written = Path(self._folder.name) / "versions.txt"
        written.write_text(" ".join(versions.compute_versions(package)), encoding="ascii")
        build_data["force_include"][str(written)] = "kb/_assets/versions.txt"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self._folder.cleanup()
