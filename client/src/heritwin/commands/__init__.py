"""The verbs of the ``heritwin`` command, one file a subject."""
