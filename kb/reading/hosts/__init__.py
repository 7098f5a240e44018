"""Learn the names of a team's hosts from what the team wrote. Pure.

`names` tells what could be a name, `signs` where a text says that a word is one, `learn` decides over all texts, and
`shapes` makes a pattern of the names.
"""
