"""`kb diagram …`."""
