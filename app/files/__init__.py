"""The files of papers: their bytes, which paper holds which, and what is in them."""
