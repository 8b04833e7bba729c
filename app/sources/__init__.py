"""The outside world → drafts. Reads; never sees a session and never writes the library."""
