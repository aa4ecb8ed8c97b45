"""The connection form, read and checked."""
