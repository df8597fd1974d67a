"""Record files: what they may say, and their way into the tables."""
