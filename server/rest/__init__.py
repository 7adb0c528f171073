"""REST, one file per noun: read the request, call the engine, wrap the answer."""
