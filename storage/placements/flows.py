"""Where a new version stands: the first one of a frame founds it, later ones are registered to it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.captures.queries import stated_of
from storage.jobs.digests import input_digests
from storage.jobs.estimates import disk_mib, memory_mib
from storage.jobs.inserting import NewJob, insert_job
from storage.jobs.kinds import REGISTER
from storage.placements.commands import NewPlacement, insert_frame, record_placement
from storage.placements.matrices import IDENTITY, apply, as_matrix, compose, flat, invert, require_rigid
from storage.placements.queries import current_placement, frame_of
from storage.placements.records import Frame, Matrix, Placement
from storage.placements.tables import FrameRow, PlacementDecisionRow, PlacementRow
from storage.uploads.tables import UploadRow
from storage.versions.queries import one_version
from storage.versions.records import Version
from storage.versions.tables import AssetRow, VersionRow

RULE = "rule: frame origin, 1"
REGISTRATION_RULE = "rule: registration, 1"
REGISTER_PRIORITY = 90


def place_version(
    db: Session,
    version: Version,
    *,
    requested_by: UUID | None,
    upload_id: UUID | None,
    needs: Sequence[UUID],
) -> None:
    """Found a frame on an inspected version, or insert the job that registers it to what stands there."""
    upload = db.get(UploadRow, upload_id) if upload_id is not None else None
    control = upload.control if upload is not None else None
    frame = frame_of(db, version.subject_id) or _found_frame(db, version)
    # Two first versions of a frame at once: the second waits, and then finds the first one standing.
    db.execute(select(FrameRow.id).where(FrameRow.id == frame.id).with_for_update())
    fixed = fixed_for(db, version, frame)
    if fixed is None and not control:
        _stand_at_origin(db, version, frame)
        return
    insert_registration(
        db, version, fixed, control=control, prior=None, requested_by=requested_by, needs=needs
    )


def _found_frame(db: Session, version: Version) -> Frame:
    own = version.own_frame or {}
    origin = own.get("origin_geodetic") if own.get("kind") == "tangent" else None
    made = insert_frame(
        db, version.subject_id, kind="tangent" if origin else "free", origin_geodetic=origin or None
    )
    frame = made or frame_of(db, version.subject_id)
    if frame is None:
        raise ValueError(f"subject {version.subject_id} has no frame")
    return frame


def _stand_at_origin(db: Session, version: Version, frame: Frame) -> None:
    record_placement(
        db,
        NewPlacement(
            version_id=version.id,
            frame_id=frame.id,
            organisation_id=version.organisation_id,
            method="frame-origin",
            site_from_scan=IDENTITY,
            state="accepted",
            reason="the first version of a frame stands at its origin",
            agent=RULE,
            rms_m=0.0,
            evidence={"rule": RULE},
        ),
    )


def fixed_for(db: Session, version: Version, frame: Frame) -> Placement | None:
    """Return the accepted placement to register to: of the same subject before others, the oldest."""
    same_subject = AssetRow.subject_id == version.subject_id
    found = db.scalar(
        select(PlacementRow.version_id)
        .join(PlacementDecisionRow, PlacementDecisionRow.placement_id == PlacementRow.id)
        .join(VersionRow, VersionRow.id == PlacementRow.version_id)
        .join(AssetRow, AssetRow.id == VersionRow.asset_id)
        .where(
            PlacementRow.frame_id == frame.id,
            PlacementRow.version_id != version.id,
            PlacementDecisionRow.state == "accepted",
            func.upper_inf(PlacementDecisionRow.recorded),
            VersionRow.state != "withdrawn",
        )
        .order_by(same_subject.desc(), PlacementRow.id)
        .limit(1)
    )
    return None if found is None else current_placement(db, found)


def insert_registration(
    db: Session,
    version: Version,
    fixed: Placement | None,
    *,
    control: Sequence[Mapping[str, Any]] | None,
    prior: Sequence[Sequence[float]] | None,
    requested_by: UUID | None,
    needs: Sequence[UUID] = (),
) -> UUID:
    """Insert the job that registers `version` (moving) to the version of `fixed`; return its id.

    Control points and the prior are given in the frame of the site, and handed to the room in the fixed
    version's own frame: registration answers `fixed_from_moving`.
    """
    site_from_fixed = fixed.site_from_scan if fixed is not None else IDENTITY
    fixed_from_site = invert(site_from_fixed)
    parameters: dict[str, Any] = {
        "moving_version": str(version.id),
        "fixed_version": str(fixed.version_id) if fixed is not None else None,
        "fixed_placement": str(fixed.id) if fixed is not None else None,
        "site_from_fixed": [list(row) for row in site_from_fixed],
        "control": [_in_fixed(point, fixed_from_site) for point in control] if control else None,
        "prior": _prior(prior, fixed_from_site),
    }
    sides = {"moving": version.id} | ({"fixed": fixed.version_id} if fixed is not None else {})
    stated = {side: said for side, version_id in sides.items() if (said := stated_of(db, version_id))}
    if stated:
        parameters["stated"] = stated
    digests = input_digests(db, version.id)
    size_bytes = version.size_bytes
    if fixed is not None:
        digests += input_digests(db, fixed.version_id)
        size_bytes += one_version(db, fixed.version_id).size_bytes
    return insert_job(
        db,
        NewJob(
            operation=REGISTER,
            organisation_id=version.organisation_id,
            parameters=parameters,
            digests=digests,
            version_id=version.id,
            requested_by=requested_by,
            priority=REGISTER_PRIORITY,
            memory_mib=memory_mib(REGISTER, size_bytes),
            disk_mib=disk_mib(REGISTER, size_bytes),
            needs=needs,
        ),
    )


def _in_fixed(point: Mapping[str, Any], fixed_from_site: Matrix) -> dict[str, Any]:
    return {**point, "fixed": list(apply(fixed_from_site, point["fixed"]))}


def _prior(prior: Sequence[Sequence[float]] | None, fixed_from_site: Matrix) -> list[list[float]] | None:
    if prior is None:
        return None
    return [list(row) for row in compose(fixed_from_site, require_rigid(prior))]


def record_registration(
    db: Session, *, job_id: UUID, version_id: UUID, arguments: Mapping[str, Any], result: Mapping[str, Any]
) -> Placement:
    """Write what registration found as a placement in the site's frame, with the rule's decision."""
    version = one_version(db, version_id)
    frame = frame_of(db, version.subject_id)
    if frame is None:
        raise ValueError(f"subject {version.subject_id} has no frame")
    site_from_fixed = as_matrix(flat(arguments["site_from_fixed"]))

    def in_site(fixed_from_moving: Sequence[Sequence[float]]) -> list[list[float]]:
        return [list(row) for row in compose(site_from_fixed, as_matrix(flat(fixed_from_moving)))]

    alternatives = [
        {**each, "site_from_scan": in_site(each["fixed_from_moving"])}
        for each in result.get("alternatives") or ()
    ]
    fixed_version, fixed_placement = arguments.get("fixed_version"), arguments.get("fixed_placement")
    return record_placement(
        db,
        NewPlacement(
            version_id=version_id,
            frame_id=frame.id,
            organisation_id=version.organisation_id,
            method=str(result["method"]),
            site_from_scan=in_site(result["fixed_from_moving"]),
            state=str(result["state"]),
            reason=str(result.get("reason") or f"the acceptance rule on its evidence: {result['state']}"),
            agent=REGISTRATION_RULE,
            covariance=result.get("covariance"),
            rms_m=result.get("rms_m"),
            overlap=result.get("overlap"),
            evidence=dict(result.get("evidence") or {}),
            alternatives=alternatives,
            fixed_version_id=UUID(fixed_version) if fixed_version else None,
            fixed_placement_id=UUID(fixed_placement) if fixed_placement else None,
            job_id=job_id,
        ),
    )
