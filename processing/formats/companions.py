"""Files that a model refers to: found beside it, or missed and said so."""

from __future__ import annotations

import posixpath

from processing.errors import KnownError
from processing.formats.images import MAX_IMAGE_BYTES, checked_image
from processing.meshes.mesh import Finding, Image
from processing.room.inputs import Input, Inputs


def picture(
    referrer: Input,
    inputs: Inputs,
    reference: str,
    numbers: dict[str, int],
    pictures: list[Image],
    findings: list[Finding],
) -> int | None:
    """Take the picture a file refers to; answers its number among ``pictures``, None if it is missing."""
    found = listed(referrer, inputs, reference, findings)
    if found is None:
        return None
    if found.path not in numbers:
        if found.source.size > MAX_IMAGE_BYTES:
            raise KnownError("too-large", f"the texture {found.path} is {found.source.size:,} bytes", None)
        data = found.source.read_at(0, found.source.size)
        numbers[found.path] = len(pictures)
        pictures.append(checked_image(found.path, data))
    return numbers[found.path]


def listed(item: Input, inputs: Inputs, reference: str, findings: list[Finding]) -> Input | None:
    """Find a listed file; exporters write paths of their own machine, so its bare name is tried too."""
    try:
        return inputs.sibling(item, reference)
    except KnownError as error:
        bare = posixpath.basename(reference.replace("\\", "/").strip())
        try:
            if bare == reference.strip() or not bare:
                raise error
            found = inputs.sibling(item, bare)
        except KnownError:
            if error.kind != "missing-reference":
                raise error from None
            findings.append(Finding(kind=error.kind, message=error.message))
            return None
        findings.append(
            Finding(
                kind="moved-reference", message=f"{item.path} refers to {reference!r}; {found.path} was taken"
            )
        )
        return found
