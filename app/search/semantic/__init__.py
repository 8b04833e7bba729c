"""What is near in meaning, in the other language: optional, by vectors of a multilingual model."""
