"""The index by which similar incidents are found: terms of pages that can be similar to one, and how many have each.

It lives in mirror.db, is made of masked texts, and is brought up to date by sync, and by whoever asks before.
"""
