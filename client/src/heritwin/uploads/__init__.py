"""Sending files: what to send, in which parts, and how to go on after a break."""
