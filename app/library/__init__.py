"""Papers with their authors, tags and verdicts. Uses no other feature."""
