"""Every error class of this package: for the table of HTTP statuses, and the test that none is missing."""

from importlib import import_module

from storage.errors import StorageError

MODULES = (
    "storage.captures.errors",
    "storage.chronology.errors",
    "storage.derivatives.errors",
    "storage.idempotency.errors",
    "storage.jobs.errors",
    "storage.objects.errors",
    "storage.organisations.bootstrap",
    "storage.organisations.errors",
    "storage.placements.errors",
    "storage.subjects.errors",
    "storage.uploads.errors",
    "storage.versions.errors",
)


def error_classes() -> tuple[type[StorageError], ...]:
    """Return StorageError and all its subclasses, in the order of their names."""
    for module in MODULES:
        import_module(module)
    found: dict[str, type[StorageError]] = {}
    waiting = [StorageError]
    while waiting:
        each = waiting.pop()
        found[each.__qualname__] = each
        waiting.extend(each.__subclasses__())
    return tuple(found[name] for name in sorted(found))
