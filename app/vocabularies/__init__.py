"""Techniques, issues, research fields, verdicts: the words that all else is filed under."""
