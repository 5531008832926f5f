"""The door and its plumbing: every message to an entity goes through here; no word of desks or requests
(docs/door.md).
"""
