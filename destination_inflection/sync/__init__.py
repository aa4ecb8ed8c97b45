"""One sync, whichever front brings its rows."""
