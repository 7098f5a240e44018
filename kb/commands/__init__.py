"""One module a command, by group. They ask and print; what they do stands in the rooms below."""
