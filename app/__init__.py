"""Crosswalk: methods of one field × open problems of another, each cell resting on evidence."""
