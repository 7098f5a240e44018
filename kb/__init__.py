"""kb: the knowledge-base steward for Japanese ops and backend teams."""

__version__ = "0.1.0"
