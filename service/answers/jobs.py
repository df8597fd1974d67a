"""Jobs as answers; why one failed is said in the caller's language."""

from service.messages import Language, text_of
from service.schemas.common import ErrorText, Page
from service.schemas.jobs import AttemptRead, JobRead
from storage import paging
from storage.jobs.records import Attempt, Job, JobError

_SAME = [
    "id",
    "operation",
    "state",
    "organisation_id",
    "version_id",
    "upload_id",
    "stage",
    "done",
    "total",
    "unit",
    "created_at",
    "queued_at",
    "started_at",
    "changed_at",
    "ended_at",
]


def job_read(job: Job, language: Language) -> JobRead:
    """Return a job with its attempts."""
    return _job(job, [_attempt(item, language) for item in job.attempts], language)


def job_brief(job: Job, language: Language) -> JobRead:
    """Return a job without its attempts: for lists and event streams."""
    return _job(job, [], language)


def job_page(page: paging.Page[Job], language: Language) -> Page[JobRead]:
    """Return a page of jobs."""
    return Page(items=[job_brief(item, language) for item in page.items], next=page.next)


def _job(job: Job, attempts: list[AttemptRead], language: Language) -> JobRead:
    fields = {name: getattr(job, name) for name in _SAME}
    return JobRead(
        **fields,
        error=error_text(job.error, language),
        made=list(job.made),
        depends_on=list(job.depends_on),
        attempts=attempts,
        attempts_made=len(job.attempts),
    )


def error_text(error: JobError | None, language: Language) -> ErrorText | None:
    """Return why something failed: the message as it came, and the catalogue's text and hint."""
    if error is None:
        return None
    text = text_of(error.kind, language)
    hint = (error.hint or text.hint) if language == "en" else (text.hint or error.hint)
    return ErrorText(kind=error.kind, message=error.message, hint=hint, text=text.title)


def _attempt(attempt: Attempt, language: Language) -> AttemptRead:
    own = {name: getattr(attempt, name) for name in AttemptRead.model_fields if name != "error"}
    return AttemptRead(**own, error=error_text(attempt.error, language))
