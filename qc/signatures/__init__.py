"""What a signature covers, how it is made, and whether it still fits the record."""
