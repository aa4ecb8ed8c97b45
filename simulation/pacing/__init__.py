"""Worlds with nothing in them but lanes, an endpoint, and its limit: how fast is the sender?"""
