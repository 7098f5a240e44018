"""Zabbix: what its API answers, recorded or asked live with methods that only read."""
