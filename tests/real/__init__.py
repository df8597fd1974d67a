"""Every real file of the shared data, from inspection to the tiles a stranger reads."""
