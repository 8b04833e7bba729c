"""Feeds: Atom and RSS, of arXiv and of whoever else."""
