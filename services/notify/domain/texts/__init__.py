"""Every text that is shipped, by channel and language. A published one is never changed: it gets a new version."""
