"""Mock mode: the example day, played on an ordinary desk."""
