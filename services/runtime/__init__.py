"""The door and its plumbing, as docs/door.md tells it: no word here of desks or requests."""
