"""What recipes made of versions."""
