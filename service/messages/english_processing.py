"""What ended a job, in English: one text for each kind of the processing room and its warden."""

from service.messages.text import Text

PROCESSING: dict[str, Text] = {
    "unknown-format": Text(
        "The format of the file is not known", "Send LAS, LAZ, E57, PLY, XYZ, OBJ or GLB."
    ),
    "unsupported-format": Text(
        "This format is known but not read here", "Export it as LAZ, E57, PLY, OBJ or GLB."
    ),
    "mislabelled": Text("The content is not what the file name says", "Rename the file, or export it again."),
    "empty-file": Text("The file is empty", "Check the export and send it again."),
    "truncated": Text("The file ends too early", "It was cut while copying or exporting: send a whole copy."),
    "invalid-header": Text("The header of the file is damaged", "Export the file again."),
    "count-mismatch": Text(
        "The file holds another number of elements than it declares", "Export the file again."
    ),
    "corrupt-data": Text("The data inside the file is damaged", "Send an undamaged copy."),
    "empty-result": Text(
        "No geometry was found",
        "Check that the export contains points or triangles, or that the box or prism lies where they are.",
    ),
    "non-finite": Text(
        "The file holds coordinates that are not numbers", "Remove NaN and infinite values, and export again."
    ),
    "index-out-of-range": Text("Triangles point at vertices that do not exist", "Export the mesh again."),
    "external-reference": Text(
        "The file points at something outside its own folder",
        "Pack what it needs beside it and send it together.",
    ),
    "missing-reference": Text(
        "A file that this one needs was not sent", "Send the materials and textures in the same upload."
    ),
    "too-large": Text(
        "The file is larger than can be read here", "Split it, or ask the operator to raise the limit."
    ),
    "too-deep": Text("The file is nested too deeply", "Flatten its structure and export again."),
    "unknown-crs": Text("The coordinate reference system is not known", "State the CRS of the capture."),
    "invalid-arguments": Text("The step was asked for with wrong arguments"),
    "invalid-region": Text(
        "The box or prism makes no sense",
        "Give the lower corner first, or three corners or more in the order in which one walks round.",
    ),
    "kernel-missing": Text(
        "A part needed for this step is not installed", "The operator can run 'heritwin doctor'."
    ),
    "registration-failed": Text(
        "No placement was found", "Give at least three control points, or a first position."
    ),
    "memory-limit": Text(
        "The step needed more memory than it may use",
        "Split the file, or ask the operator for a larger worker.",
    ),
    "disk-limit": Text(
        "The step needed more disk than it may use", "Split the file, or ask the operator for more disk."
    ),
    "time-limit": Text(
        "The step took longer than it may", "Split the file, or ask the operator to raise the limit."
    ),
    "parser-crash": Text(
        "Reading the file crashed the reader", "The file is probably damaged: export it again."
    ),
    "cancelled": Text("The job was cancelled", "It can be started again with retry."),
    "room-unavailable": Text(
        "The processing room cannot run here", "The operator can run 'heritwin doctor'."
    ),
    "worker-lost": Text(
        "The worker disappeared while working", "The job is tried again by itself, up to three times."
    ),
    "output-refused": Text(
        "What the step wrote was refused", "Report this: it is a defect or a hostile file."
    ),
    "work-gone": Text(
        "What earlier jobs prepared for this one was removed", "Retry it: the cloud is read again first."
    ),
    "storage-unavailable": Text("The storage does not answer", "Try again in a minute."),
    "internal": Text("Something went wrong on our side", "Report it with the request id."),
    "digest-mismatch": Text(
        "The bytes that arrived are not the bytes that were promised", "Send the file again."
    ),
    "dependency-failed": Text("A job that this one needs has failed", "Look at that job's reason."),
}
