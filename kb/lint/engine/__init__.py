"""What a run of lint does: gather, judge, join, write out."""
