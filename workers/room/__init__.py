"""The warden of the processing room: a stranger's bytes are parsed in here and nowhere else."""
