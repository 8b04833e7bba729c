"""Crosswalk under SIGKILL: `python -m tests.hammer` (`make hammer`); a little of it is a test."""
