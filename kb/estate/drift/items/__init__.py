"""The nouns of snapshots, by source: what clouds, monitors, hosts, repositories and lists say of a running system.

Times are ISO 8601 texts with an offset, "" where nobody says. Texts are masked before they come here. Pure.
"""
