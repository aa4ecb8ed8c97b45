"""What became of a run, as a document and a page."""
