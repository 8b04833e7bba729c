"""The whole library as one file, back from it, and whether its parts agree with each other."""
