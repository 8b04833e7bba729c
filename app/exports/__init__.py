"""The library to the outside world: a comparison or papers as a file that others read."""
