"""What papers are looked up under besides their titles: authors, tags, venues, years."""
