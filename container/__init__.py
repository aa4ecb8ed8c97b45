"""Builds, tries and measures the connector's image, with Docker or podman."""
