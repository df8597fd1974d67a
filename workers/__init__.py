"""The dispatcher, the Celery app and the warden of the processing room."""
