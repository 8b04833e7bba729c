"""Pages that gather several features: the overview, a paper, a term, a cell, a comparison.

Only `main` imports them.
"""
