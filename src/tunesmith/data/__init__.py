"""Data: files and their shapes in, rows through, files out."""
