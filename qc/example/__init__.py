"""Example data: a laboratory of our own invention, written through the actions that people use.

Every name, code, lot, antibody and figure is made up; the figures follow published ranges. Chance comes
from random.Random with fixed seeds only, so the same number of batches gives the same values; only times
depend on when it is written.
"""
