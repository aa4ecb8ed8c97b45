"""Files for good: a folder, a bucket."""
