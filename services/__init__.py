"""Mizban: the service desks of executive agencies as event-driven services."""
