"""Rejected records: what is kept and said of them."""
