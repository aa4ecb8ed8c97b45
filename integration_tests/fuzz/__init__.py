"""Odd input of any kind: nothing crashes the connector, and no value shows in what it prints."""
