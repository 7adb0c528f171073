"""Sources to new items: fetch, read, clean, normalise, tell apart. Knows no store."""
