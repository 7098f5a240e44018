"""The command line itself: finding a command, help, errors of use, leaving."""
