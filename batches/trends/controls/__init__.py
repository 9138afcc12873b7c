"""Control material: reference beads and other controls, day by day."""
