"""Tables, queries and migrations. The only room that knows SQLAlchemy."""
