"""The formats of papers and of comparisons, each from plain values. Pure."""
