"""Once a row: a row becomes a call, or the reason why it does not."""
