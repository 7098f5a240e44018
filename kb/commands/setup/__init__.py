"""Commands that set kb up or try it out."""
