"""Units of work, the attempts at them, and the workers."""
