"""Against the four services as they run, started once for all of these."""
