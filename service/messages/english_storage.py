"""What storage refuses, in English."""

from service.messages.text import Text

STORAGE: dict[str, Text] = {
    "storage-error": Text("The storage refused this"),
    "not-found": Text(
        "There is no such thing here", "Check the address, or sign in: you may not be allowed to see it."
    ),
    "forbidden": Text(
        "You may see this, but not do that to it", "Ask an admin of the organisation for the role."
    ),
    "unauthorized": Text("Please sign in", "Send a key, or sign in on the page."),
    "unknown-key": Text(
        "This key is not known", "It may be mistyped, expired or revoked: ask an admin for a new one."
    ),
    "conflict": Text("This cannot be done in the present state"),
    "invalid-value": Text("A value cannot be stored as it is"),
    "quota-exceeded": Text(
        "The organisation has no room left", "Withdraw what is not needed, or ask the operator for room."
    ),
    "schema-too-old": Text(
        "The database is older than the program", "The operator runs 'python -m storage migrate'."
    ),
    "organisation-code-taken": Text("Another organisation has this code", "Choose another code."),
    "scope-unknown": Text("There is no such scope"),
    "last-admin": Text("An organisation needs an admin", "Make another member admin first."),
    "role-unknown": Text("There is no such role"),
    "code-taken": Text("Another subject has this code", "Choose another code."),
    "local-code-taken": Text(
        "Another subject of the organisation has this local code", "Choose another one."
    ),
    "invalid-code": Text("This is no code", "Use letters, digits, - and _; the dots come by themselves."),
    "capture-code-taken": Text("Another capture of the subject has this code", "Choose another code."),
    "asset-name-taken": Text("Another asset of the subject has this name", "Choose another name."),
    "version-not-verified": Text(
        "Not every byte of this version was verified yet", "Wait for the job verify-upload."
    ),
    "version-not-published": Text("This version is not published"),
    "version-withdrawn": Text("This version was withdrawn", "Upload a new version instead."),
    "manifest-conflict": Text(
        "Another manifest stands where this one should", "Report this: it is a defect."
    ),
    "object-not-found": Text("The bytes are not there", "Report this with the request id."),
    "multipart-not-found": Text("This upload has ended at the object store", "Start a new upload."),
    "parts-refused": Text(
        "The parts do not make the file", "Ask which parts are there, and send the others."
    ),
    "checksum-mismatch": Text("The bytes are not those that were promised", "Send the file again."),
    "range-outside": Text("The bytes asked for lie outside the object"),
    "lost-lease": Text("The job was given to another worker"),
    "job-ended": Text("The job has ended already"),
    "not-repeatable": Text(
        "This cannot be done again by one job", "Verify what it was made from, or make it anew."
    ),
    "job-not-ended": Text("Only a failed or cancelled job can be tried again"),
    "not-ready": Text("Something needed is missing"),
    "upload-not-open": Text("This upload takes no more parts", "Start a new upload."),
    "upload-parts-mismatch": Text(
        "The parts do not add up to the file that was promised", "Send the parts again, then complete again."
    ),
    "unknown-part": Text(
        "The file has no such part, or the part another size", "Cut the file as the upload says."
    ),
    "invalid-upload": Text("This upload cannot be begun", "Check the paths and sizes of its files."),
    "not-a-point-cloud": Text("Only point clouds are measured and cleaned", "Choose a version of a scan."),
    "nothing-to-cut": Text("Only point clouds can be cut", "Fetch a level of detail of the mesh instead."),
    "derivative-not-building": Text("The derivative is not being built"),
    "frame-exists": Text(
        "The subject has a frame already", "A frame never changes: use the one that is there."
    ),
    "alternative-unknown": Text(
        "The placement has no such alternative", "Look at its list of alternatives; they count from 0."
    ),
    "not-bootstrapped": Text("There is no server admin yet", "Make one: python -m storage bootstrap-admin."),
    "already-bootstrapped": Text("There is a server admin already", "Use their key to make more keys."),
    "idempotency-mismatch": Text(
        "This Idempotency-Key was used for another request", "Use a fresh key for each request."
    ),
    "version-not-inspected": Text("The version was not inspected yet", "Wait for its jobs."),
    "invalid-date": Text(
        "This date cannot be used",
        "Write EDTF: 1833, 1833-03, 1833~, 189X, 1833/1916, ../1805; -0299 is 300 BCE.",
    ),
    "unknown-code": Text(
        "A record names something that is not there", "Check the spelling, or bring it in with a record file."
    ),
    "invalid-record": Text("A record contradicts itself or cannot be kept"),
    "record-code-taken": Text(
        "A record with this code is there already and says something else",
        "Records never change: choose another code, or correct the statement.",
    ),
    "exclusive-conflict": Text(
        "Another statement excludes this one",
        "Correct the other one, or let both stand side by side by leaving `exclusive` out.",
    ),
    "statement-superseded": Text("This statement was corrected already", "Correct the newer one."),
    "history-scope-needed": Text(
        "This key may not say when something was recorded",
        "Ask an admin for a key with the scope history:import.",
    ),
    "nothing-to-register-to": Text(
        "Nothing stands in this frame to register to", "Give control points, or place another version first."
    ),
}
