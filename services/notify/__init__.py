"""notify: tells people what became of their requests, with proof (domain 2, 8)."""
