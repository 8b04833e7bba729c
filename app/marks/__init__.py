"""What a reader leaves in a file: marks on its passages, and the place where one stopped."""
