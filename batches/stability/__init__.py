"""Stability: vials of a batch kept under a condition, pulled on a schedule, and what was found in them."""
