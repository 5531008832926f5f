"""The published language: topics, envelope, events, commands, identifiers, Persian text. Imports nothing of ours."""
