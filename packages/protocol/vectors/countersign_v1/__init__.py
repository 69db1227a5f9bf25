"""Countersign protocol version 1 in Python 3, written from docs/protocol.md alone: it shares no code with the service or the agent."""
