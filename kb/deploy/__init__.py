"""Files that run kb unattended: systemd units, a crontab, GitHub workflows. Written, never installed."""
