"""Airbyte's front: lines in, states, logs and traces out."""
