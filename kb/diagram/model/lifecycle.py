"""Where a node stands in its life. Apart from the other nouns, for the rules, which every lint loads."""

from enum import StrEnum


class Lifecycle(StrEnum):
    """Where a node stands in its life; UNKNOWN is what nobody has answered yet."""

    ACTIVE = "active"
    RETIRING = "retiring"
    RETIRED = "retired"
    UNKNOWN = "unknown"
