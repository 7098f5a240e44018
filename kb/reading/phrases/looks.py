"""Whether a sentence of an incident tells what somebody looked at, what showed that service was back, or a state."""

from __future__ import annotations

from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/phrases/looks.toml").compiled


def tells_look(text: str) -> bool:
    """Whether a folded sentence tells of looking at something that it names."""
    return _RE.looked.search(text) is not None


def tells_restored(text: str) -> bool:
    """Whether a folded sentence tells that service was back, or a figure as usual."""
    return _RE.back.search(text) is not None


def tells_state(text: str) -> bool:
    """Whether a folded sentence tells how things are, rather than what was done."""
    return _RE.state.search(text) is not None


def only_restarts(command: str) -> bool:
    """Whether a command only starts things again, though neither its name nor its verb says restart."""
    return _RE.restarting_command.search(command) is not None
