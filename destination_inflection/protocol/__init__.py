"""Airbyte's side of the connector: bytes in, states, logs and traces out."""
