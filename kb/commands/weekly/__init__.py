"""Commands a team uses every week."""

from kb.text.lang import t

TITLE = t("毎週", "Every week")
ORDER = (
    "sync",
    "lint",
    "triage",
    "secrets list",
    "secrets rotated",
    "report",
    "incidents",
    "similar",
    "explain",
    "search",
    "show",
    "serve",
    "site",
)
