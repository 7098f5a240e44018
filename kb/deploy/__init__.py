"""Files with which kb runs by itself: units of systemd, a crontab, workflows of GitHub. Written, never installed."""
