"""The trail as a file: CSV, JSON Lines and XLSX."""
