"""Commands a team uses every week."""
