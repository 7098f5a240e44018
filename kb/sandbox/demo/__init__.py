"""The demo: its server process, its steps, its invented weeks."""
