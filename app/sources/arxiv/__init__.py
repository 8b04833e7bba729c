"""arXiv: its ids, its query API, its metadata snapshot."""
