"""Recording of runs: the recorder process, what it writes (HDF5, see docs/recording.md), and its repair after a kill."""
