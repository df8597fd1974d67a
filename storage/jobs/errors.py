"""What can go wrong with jobs."""

from storage.errors import ConflictError, InvalidError


class LostLeaseError(ConflictError):
    """The job was given to somebody else, or has ended: nothing more may be said of it."""

    kind = "lost-lease"


class JobEndedError(ConflictError):
    """The job has ended; there is nothing to cancel."""

    kind = "job-ended"


class JobNotEndedError(ConflictError):
    """Only a failed or cancelled job can be tried again."""

    kind = "job-not-ended"


class NotRepeatableError(ConflictError):
    """What is to be verified did not come out of one job that can be done again."""

    kind = "not-repeatable"


class OutputRefusedError(InvalidError):
    """An attempt brought home what cannot be stored: fail it with this kind."""

    kind = "output-refused"


class WorkGoneError(ConflictError):
    """What an earlier job left for this one was reaped."""

    kind = "work-gone"
