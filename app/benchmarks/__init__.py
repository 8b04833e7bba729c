"""Benchmarks: how issues map to their categories, and how well systems did on each."""
