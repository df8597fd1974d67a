"""Progress of jobs, from the database to open event streams."""
