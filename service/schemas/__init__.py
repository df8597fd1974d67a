"""What requests and answers look like; the words are those of the design."""
