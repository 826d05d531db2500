"""Exit codes of every command: a promise to scripts (docs/command-line.md)."""

OK = 0
FAIL = 1  # the protocol's verdict
USAGE = 2
CONFIG = 3
RIG = 4  # rig fault or trip
ABORTED = 5  # by the operator
INTERRUPTED = 130
