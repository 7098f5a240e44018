"""Commands that set kb up or try it out."""

from kb.text.lang import t

TITLE = t("準備", "Setting up")
ORDER = ("init", "doctor", "key export", "key import", "demo")
