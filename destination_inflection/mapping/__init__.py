"""From rows to calls: pure functions and values, no input or output, no threads, no clock."""
