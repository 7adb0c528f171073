"""Issues to briefs: extractive, with evidence, and what is made from a brief. Pure."""
