"""Today's three: what could be done, how long it takes, which three are chosen, and how they read."""
