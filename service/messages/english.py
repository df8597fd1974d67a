"""The catalogue in English."""

from service.messages.english_processing import PROCESSING
from service.messages.english_storage import STORAGE
from service.messages.text import Text

ENGLISH: dict[str, Text] = {
    **PROCESSING,
    **STORAGE,
    "edge-error": Text("The request cannot be answered"),
    "authentication-required": Text(
        "Please sign in", "Send a key as 'Authorization: Bearer ht_…', or sign in on the page."
    ),
    "token-expired": Text("This address has expired", "Ask for the version's endpoint again."),
    "bad-origin": Text(
        "The request came from another site's page",
        "Use the pages of this server, or send a key instead of the cookie.",
    ),
    "broken-tiles": Text("The tiles of this version are damaged", "Run the tiling job again."),
    "no-tiles-yet": Text("Nothing can be shown yet", "Wait until the jobs of this version have ended."),
    "not-placed": Text(
        "The version has no accepted placement",
        "Ask a curator to decide on its placement, or open it in its own frame.",
    ),
    "not-public": Text("This version is not public", "Ask for access=session or access=token."),
    "too-many-streams": Text(
        "Too many event streams are open", "Close some pages, then load this one again."
    ),
    "disk-full": Text(
        "The server's disk is nearly full",
        "Nothing sent so far is lost: go on when its operator has made room (docs: For the operator).",
    ),
    "region-outside": Text(
        "There are no points where the box or prism lies",
        "Coordinates are metres of the version's own frame unless coordinates: crs is said.",
    ),
    "range-not-satisfiable": Text("The bytes asked for lie outside the file"),
    "invalid-idempotency-key": Text("The Idempotency-Key is empty or too long", "Send 1 to 200 characters."),
    "invalid-request": Text(
        "The request is not well formed", "The field 'errors' says which values are wrong."
    ),
    "method-not-allowed": Text("This address does not take that method"),
    "too-many-bytes": Text(
        "The request body is too large", "Files are not sent here: start an upload and send its parts."
    ),
    "http-error": Text("The request cannot be answered"),
}
