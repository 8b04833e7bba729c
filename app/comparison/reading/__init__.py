"""What to read next for a comparison."""
