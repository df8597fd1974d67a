"""What can go wrong with dates, statements and record files."""

from storage.errors import ConflictError, ForbiddenError, InvalidError


class InvalidDateError(InvalidError):
    """This is no EDTF date, or one that says less than it seems to."""

    kind = "invalid-date"


class UnknownCodeError(InvalidError):
    """A record names something by a code that is not there."""

    kind = "unknown-code"


class InvalidRecordError(InvalidError):
    """A record contradicts itself, or cannot be kept as it is."""

    kind = "invalid-record"


class RecordCodeTakenError(ConflictError):
    """Another record of the organisation has this code, and says something else."""

    kind = "record-code-taken"


class ExclusiveConflictError(ConflictError):
    """Another exclusive statement says something of the same subject, predicate and time."""

    kind = "exclusive-conflict"


class StatementSupersededError(ConflictError):
    """The statement was corrected already; correct the newer one."""

    kind = "statement-superseded"


class HistoryScopeNeededError(ForbiddenError):
    """Only a key with the scope history:import may say when something was recorded."""

    kind = "history-scope-needed"
