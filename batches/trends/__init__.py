"""Trends: batches of a product beside each other, and control material day by day.

One instrument and one method a chart, points are batches, limits are frozen from chosen ones.
"""
