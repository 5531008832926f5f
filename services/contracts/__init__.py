"""The published language: topics, envelope, events, commands, identifiers and Persian text. Imports nothing of ours, does no I/O."""
