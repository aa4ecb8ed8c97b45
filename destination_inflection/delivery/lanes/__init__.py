"""Requests in order, at a pace, tried again: the ground under both routes."""
