"""The AsyncAPI document, from the event table, the protocol's messages and the close codes."""
