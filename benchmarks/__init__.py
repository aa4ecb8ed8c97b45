"""Benchmarks: `make bench`, `make bench-mapping`."""
