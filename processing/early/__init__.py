"""What heads and tails of files tell before the rest has arrived."""
