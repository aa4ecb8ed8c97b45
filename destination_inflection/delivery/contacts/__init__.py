"""The Developer API: batches of contacts, each one reconciled, and static lists."""
