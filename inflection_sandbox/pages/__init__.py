"""The sandbox's pages for a browser: what arrived, and the faults."""
