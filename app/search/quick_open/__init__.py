"""The palette: to a paper, a term or a page by a few letters of its names."""
