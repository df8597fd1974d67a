"""The room: sources, the command line, and the runner of requests."""
