"""Curation: pure functions over rows and texts."""
