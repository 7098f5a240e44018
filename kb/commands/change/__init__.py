"""Commands that change a remote system, or take a change back."""

from kb.text.lang import t

TITLE = t("変更", "Changes")
ORDER = (
    "inventory",
    "plan done",
    "plan retitle",
    "plan move",
    "plan ship",
    "plan archive",
    "plan links",
    "plan redact",
    "plan restrict",
    "plan verify",
    "plan close",
    "plan reassign",
    "plan from-findings",
    "plan refresh",
    "plan share",
    "plan collect",
    "plan to-csv",
    "plan from-csv",
    "review",
    "apply",
    "undo",
    "history",
)
