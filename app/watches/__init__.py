"""Watches: arXiv's categories, queries, authors, feeds and searches, asked for what is new."""
