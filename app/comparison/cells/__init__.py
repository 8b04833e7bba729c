"""A cell: its claims with their evidence, the reader's ruling, its page's contents."""
