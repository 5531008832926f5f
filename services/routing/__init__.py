"""Routing: the internal work on a case, from the unit's queue to the answer. Fair, in order, and on the clock."""
