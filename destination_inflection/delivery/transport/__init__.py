"""Requests over the wire, with libcurl or with `requests`."""
