"""From a file to a plan that can be looked at and corrected; nothing is written."""
