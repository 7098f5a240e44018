"""`kb review`: decide on a plan, one change after the other or as a whole."""
