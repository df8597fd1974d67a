"""One machine: every server under one supervisor."""
