"""A comparison as a table: built, filtered, drawn, small."""
