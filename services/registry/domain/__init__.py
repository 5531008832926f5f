"""The rules of recording: pure."""
