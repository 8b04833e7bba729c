"""Comparisons: techniques × issues, each cell resting on claims and their evidence."""
