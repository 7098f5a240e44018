"""Commands that change a remote system, or take a change back."""
