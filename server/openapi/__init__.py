"""The OpenAPI document, from the URL table and the types."""
