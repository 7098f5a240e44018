"""SYS24x to SYS26x: what runs on the hosts, and what will stop by itself."""
