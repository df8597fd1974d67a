"""What can go wrong with assets and versions."""

from storage.errors import ConflictError


class AssetNameTakenError(ConflictError):
    """Another asset of the subject has this name."""

    kind = "asset-name-taken"


class VersionNotVerifiedError(ConflictError):
    """The server has not yet hashed every byte of the version; nothing is published before."""

    kind = "version-not-verified"


class VersionNotPublishedError(ConflictError):
    """Only a published version can be withdrawn."""

    kind = "version-not-published"


class VersionWithdrawnError(ConflictError):
    """The version was withdrawn, and stays so; upload a new one."""

    kind = "version-withdrawn"


class ManifestConflictError(ConflictError):
    """Another manifest lies where this version's should go."""

    kind = "manifest-conflict"
