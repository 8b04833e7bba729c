"""Papers that are or may be one twice: found, laid side by side, merged, parted again."""
