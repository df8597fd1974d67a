"""The channel on which the database tells of changed jobs; the payload is the job's id."""

CHANNEL = "heritwin_jobs"
