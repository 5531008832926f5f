"""The dispatch room: which gateway a message goes by, how fast, and in which order what cannot go at once waits."""
