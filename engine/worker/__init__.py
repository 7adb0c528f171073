"""CPU work in another process: typed jobs over a pipe. A cache, never the truth."""
