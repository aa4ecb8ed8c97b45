"""Sending calls and telling what became of each. The only place with threads."""
