"""A Redmine on loopback, with the read traps the real one has.

Every behaviour here was measured on Redmine 6.0.5; `tests/contract` runs the same questions
against this one and the real one. It keeps everything in memory and answers JSON only.
"""
