"""`kb handover`: what passes into other hands."""

from kb.text.lang import t

TITLE = t("引き継ぎ", "Handing over")
ORDER = ("handover", "runbook")
