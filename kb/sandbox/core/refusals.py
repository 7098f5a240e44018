"""The errors of control requests and data rows."""

from __future__ import annotations

from collections.abc import Iterable

from kb.errors import InputError
from kb.text.lang import Text, t


def unknown(name: str, choices: Iterable[str], ja: str = "", en: str = "") -> InputError:
    """Return the error for a name that does not exist; `ja` and `en` say of what."""
    listed = ", ".join(choices)
    return InputError(
        t(f"{ja}「{name}」はありません。", f"there is no {en}{name!r}."),
        t(f"あるもの: {listed}", f"there are: {listed}"),
    )


def unusable(value: object, ja: str, en: str, next_step: Text) -> InputError:
    """Return the error for a value that does not fit; `ja` and `en` name what it was given for."""
    shown = repr(value)[:80]
    return InputError(t(f"{ja} に {shown} は使えません。", f"{shown} cannot be used as {en}."), next_step)


def valid_values(choices: Iterable[object]) -> Text:
    """Return the next step that lists the valid values."""
    listed = ", ".join(map(str, choices))
    return t(f"使えるもの: {listed}", f"it takes: {listed}")
