"""What a table is, by its name and columns."""
