"""Crosswalk: methods of one field × open problems of another, each cell resting on evidence."""

__version__ = "0.9.0"
