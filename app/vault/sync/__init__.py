"""A folder and the library in step: both sides read, what differs decided, taken and written."""
