"""SYS22x: what Zabbix watches, does not watch, and tells too often."""
