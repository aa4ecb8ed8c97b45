"""One value: what it is, and how it is sent."""
