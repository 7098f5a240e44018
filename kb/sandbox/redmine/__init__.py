"""A Redmine on loopback, with the quirks of the real one.

Every behaviour was measured on Redmine 6.0.5; `tests/contract` sends the same requests to both. All data is in memory;
answers are JSON only.
"""
