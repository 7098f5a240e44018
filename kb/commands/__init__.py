"""One module a command, by group. They ask and print; what they do stands in the rooms below."""

GROUPS = ("setup", "weekly", "change", "diagram", "handover", "tools")
"""The groups of the help: folders, each with its TITLE and the ORDER of its commands; one not named comes last."""
