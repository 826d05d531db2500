"""A running loop as the supervisor sees it: the same in real time and in virtual time."""
