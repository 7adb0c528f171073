"""The identity provider: its keys, and what its tokens say."""
