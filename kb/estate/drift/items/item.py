"""What all nouns of snapshots are. Pure."""

from __future__ import annotations

import msgspec


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all of them are: immutable, and read back strictly from a snapshot."""
