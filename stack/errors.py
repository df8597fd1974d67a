"""What can go wrong with one machine's stack, each with what to do about it."""

from typing import ClassVar


class StackError(Exception):
    """A failure an operator can act on."""

    kind: ClassVar[str] = "stack"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message}\n{hint}" if hint else message)
        self.message = message
        self.hint = hint


class AlreadyRunningError(StackError):
    """Another supervisor holds this data folder."""

    kind = "already-running"


class NotRunningError(StackError):
    """No supervisor runs on this data folder."""

    kind = "not-running"


class ProgramFailedError(StackError):
    """A program ended, or never became ready, while the stack was starting."""

    kind = "program-failed"


class ProgramMissingError(StackError):
    """A program or library that the stack starts is not installed."""

    kind = "program-missing"


class PortTakenError(StackError):
    """The port asked for is in use by something else."""

    kind = "port-taken"


class DataFolderError(StackError):
    """The data folder cannot be used, or holds something that is not ours."""

    kind = "data-folder"


class OptionsError(StackError):
    """Options that do not go together."""

    kind = "invalid-options"


class BackupError(StackError):
    """A backup could not be made whole."""

    kind = "backup-failed"


class RestoreError(StackError):
    """A backup cannot be restored here, or what was restored is not what was saved."""

    kind = "restore-refused"


class HalfRestoredError(StackError):
    """A restore into this data folder was cut short."""

    kind = "half-restored"
