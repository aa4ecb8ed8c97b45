"""A local stand-in for Inflection, for demos and tests. The connector never imports it."""
