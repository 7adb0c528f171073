"""Two small pages, rendered by ourselves without anything from outside."""
