"""Who may see what, as SQL conditions that every read carries.

Subjects: those of public roots by anyone, all of an organisation by its members. Versions: drafts by their
uploader and by curators; published and withdrawn ones by whoever sees the subject.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import aliased

from storage.callers import Caller, Role
from storage.derivatives.tables import VersionDerivativeRow
from storage.subjects.tables import SubjectRow
from storage.versions.tables import AssetRow, VersionRow

Root = aliased(SubjectRow, name="root")


def subject_visible(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `subject`."""
    if caller.server_admin:
        return true()
    public = SubjectRow.root_id.in_(select(Root.id).where(Root.visibility == "public"))
    return or_(public, SubjectRow.organisation_id.in_(caller.organisations(Role.VIEWER)))


def asset_visible(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `asset`: its subject is seen."""
    if caller.server_admin:
        return true()
    return exists().where(SubjectRow.id == AssetRow.subject_id, subject_visible(caller))


def version_visible(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `version`."""
    if caller.server_admin:
        return true()
    seen = exists().where(
        AssetRow.id == VersionRow.asset_id, SubjectRow.id == AssetRow.subject_id, subject_visible(caller)
    )
    return or_(and_(VersionRow.state != "draft", seen), version_worked_on(caller))


def version_worked_on(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `version` for what only its uploader and curators see: drafts, jobs."""
    if caller.server_admin:
        return true()
    if caller.person_id is None:
        return false()

    def subject_in(organisations: list[UUID]) -> ColumnElement[bool]:
        return exists().where(
            AssetRow.id == VersionRow.asset_id,
            SubjectRow.id == AssetRow.subject_id,
            SubjectRow.organisation_id.in_(organisations),
        )

    own = and_(VersionRow.created_by == caller.person_id, subject_in(caller.organisations(Role.VIEWER)))
    return or_(own, subject_in(caller.organisations(Role.CURATOR)))


def version_content_visible(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `version` for its bytes and derivatives: a withdrawn one's are for curators."""
    return and_(version_visible(caller), or_(VersionRow.state != "withdrawn", version_worked_on(caller)))


def derivative_visible(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `version_derivative`: one of the versions sharing it may be read."""
    return exists().where(VersionRow.id == VersionDerivativeRow.version_id, version_content_visible(caller))
