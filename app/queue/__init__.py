"""The queue: what waits to be judged, most promising first, learned from the reader's verdicts."""
