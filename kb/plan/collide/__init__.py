"""Collisions between the changes of a plan, and with posts it leaves alone. Pure."""
