"""The live channel: a subscriber is a cursor into a shared log, not a queue."""
