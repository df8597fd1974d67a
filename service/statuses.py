"""Which HTTP status each error class answers: one table, and a test that nothing is missing from it.

Only `service.problems` uses it.
"""

from collections.abc import Mapping

from service import errors as edge
from storage import errors as base
from storage.captures import errors as captures
from storage.chronology import errors as chronology
from storage.derivatives import errors as derivatives
from storage.idempotency import errors as idempotency
from storage.jobs import errors as jobs
from storage.objects import errors as objects
from storage.organisations import bootstrap
from storage.organisations import errors as organisations
from storage.placements import errors as placements
from storage.subjects import errors as subjects
from storage.uploads import errors as uploads
from storage.versions import errors as versions

STATUS: Mapping[type[Exception], int] = {
    edge.EdgeError: 500,
    edge.AuthenticationRequiredError: 401,
    edge.TokenExpiredError: 401,
    edge.BadOriginError: 403,
    edge.BrokenIndexError: 502,
    edge.NoTilesYetError: 409,
    edge.NotPlacedError: 409,
    edge.NotPublicError: 409,
    edge.RangeNotSatisfiableError: 416,
    edge.TooManyStreamsError: 429,
    edge.InvalidIdempotencyKeyError: 422,
    edge.InvalidRegionError: 422,
    edge.RegionOutsideError: 422,
    edge.DiskFullError: 507,
    edge.NotReadyError: 503,
    base.StorageError: 500,
    base.NotFoundError: 404,
    base.ForbiddenError: 403,
    base.UnauthorizedError: 401,
    base.ConflictError: 409,
    base.InvalidError: 422,
    base.QuotaExceededError: 409,
    base.UnavailableError: 503,
    base.SchemaTooOldError: 503,
    organisations.OrganisationCodeTakenError: 409,
    organisations.KeyUnknownError: 401,
    organisations.ScopeUnknownError: 422,
    organisations.RoleUnknownError: 422,
    organisations.LastAdminError: 409,
    subjects.CodeTakenError: 409,
    subjects.LocalCodeTakenError: 409,
    subjects.InvalidCodeError: 422,
    captures.CaptureCodeTakenError: 409,
    chronology.InvalidDateError: 422,
    chronology.UnknownCodeError: 422,
    chronology.InvalidRecordError: 422,
    chronology.RecordCodeTakenError: 409,
    chronology.ExclusiveConflictError: 409,
    chronology.StatementSupersededError: 409,
    chronology.HistoryScopeNeededError: 403,
    versions.AssetNameTakenError: 409,
    versions.VersionNotVerifiedError: 409,
    versions.VersionNotPublishedError: 409,
    versions.VersionWithdrawnError: 409,
    versions.ManifestConflictError: 409,
    # The bytes of a row that exists are gone: our loss, not the caller's mistake.
    objects.ObjectNotFoundError: 500,
    objects.MultipartNotFoundError: 409,
    objects.PartsRefusedError: 422,
    objects.ChecksumMismatchError: 422,
    objects.RangeOutsideError: 500,
    uploads.UploadNotOpenError: 409,
    uploads.UploadPartsMismatchError: 422,
    uploads.UnknownPartError: 422,
    uploads.InvalidUploadError: 422,
    derivatives.DerivativeNotBuildingError: 409,
    derivatives.NotAPointCloudError: 409,
    derivatives.NothingToCutError: 409,
    placements.FrameExistsError: 409,
    placements.VersionNotInspectedError: 409,
    placements.NothingToRegisterToError: 409,
    idempotency.IdempotencyMismatchError: 422,
    placements.AlternativeUnknownError: 422,
    bootstrap.AlreadyBootstrappedError: 409,
    bootstrap.NotBootstrappedError: 409,
    jobs.LostLeaseError: 409,
    jobs.JobEndedError: 409,
    jobs.JobNotEndedError: 409,
    jobs.NotRepeatableError: 409,
    jobs.OutputRefusedError: 409,
    jobs.WorkGoneError: 409,
}
