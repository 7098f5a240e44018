"""Lets kb's own test run take this package along; its authors have `pythonpath` of pyproject.toml."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
