"""Grades the tests: how many faults in the code do they notice? By hand, never part of CI."""
