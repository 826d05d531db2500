"""What may be wrong with a record."""


class RecordError(Exception):
    """A record that cannot be read, or lacks a channel. Names the file, what is wrong, and what to do."""
