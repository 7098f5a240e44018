"""`kb diagram …`: draw, check and publish the system diagram."""

from kb.text.lang import t

TITLE = t("構成図", "System diagram")
ORDER = (
    "diagram init",
    "diagram build",
    "diagram check",
    "diagram collect",
    "diagram publish",
    "diagram diff",
    "diagram adopt",
    "diagram import",
)
