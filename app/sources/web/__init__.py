"""Servers that are asked (manners, errors, kept answers), and pages as the bookmarklet reads."""
