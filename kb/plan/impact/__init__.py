"""The impact of a plan: requests, time, mails, what cannot be undone. Pure."""
