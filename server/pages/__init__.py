"""The reference page and the browser module, without anything from outside."""
