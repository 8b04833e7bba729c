"""Files of papers: kept, read, and what they say."""
