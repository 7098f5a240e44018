"""The known values of this process: opening a workspace provides them, showing a text asks for them."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kb.secrets.masking.known import KnownHashes

_known: KnownHashes | None = None
_load: Callable[[], KnownHashes] | None = None
_loading = RLock()
_is_loading = False


def provide_known(load: Callable[[], KnownHashes]) -> None:
    """Let `load` tell the known values when a text is looked at for the first time."""
    global _known, _load
    _known, _load = None, load


def use_known(known: KnownHashes) -> None:
    """Mask these values from now on."""
    global _known, _load
    _known, _load = known, None


def forget_known() -> None:
    """Mask no value but those a text tells itself."""
    global _known, _load
    _known = _load = None


def get_known() -> KnownHashes:
    """Return the values to be masked."""
    global _known, _load, _is_loading
    if _load is not None:
        with _loading:  # other threads wait
            if _load is not None and not _is_loading:  # what loads them may show a text itself
                _is_loading = True
                try:
                    _known, _load = _load(), None
                finally:
                    _is_loading = False
    if _known is None:
        from kb.secrets.masking.known import NO_KNOWN_VALUES

        return NO_KNOWN_VALUES
    return _known
