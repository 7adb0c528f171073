"""The use cases, one file per noun: load, decide, commit, announce."""
