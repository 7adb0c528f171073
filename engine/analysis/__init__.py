"""Items to issues: near-duplicates, clusters, quadrants, scores. Pure CPU work, no input or output.

``analyst.Analyst`` is the face; it runs in the worker process. Nothing is imported here: the
server names this room's structs and needs no numpy for that.
"""
