"""Node.js and npm as the development group brings them: Debian's npm comes with three hundred packages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAMS = Path(sys.executable).parent


def run(program: str, *words: str, timeout: float = 300, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run `node` or `npm`."""
    env = {**os.environ, "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"}
    command = [str(PROGRAMS / program), *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=timeout, **options)
