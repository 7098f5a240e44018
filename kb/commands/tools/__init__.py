"""Commands for the mirror and the state themselves, and the sandbox."""

from kb.text.lang import t

TITLE = t("道具", "Tools")
ORDER = ("purge-secrets", "export", "state export", "state import", "sandbox", "help", "completion")
