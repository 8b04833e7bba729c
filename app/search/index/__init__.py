"""What is indexed, how it is cut into words, and how the index follows the rows."""
