"""The fault matrix: each fault, on both routes, with both transports, through the executable."""
