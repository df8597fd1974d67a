"""Whether the process lives, whether it can do its work, and its measures."""

from fastapi import APIRouter, Response

from service.dependencies import AppServices
from service.metrics import CONTENT_TYPE
from service.readiness import check_all, measure
from service.schemas.health import Health, Readiness

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> Health:
    """Say that the process answers."""
    return Health(ok=True)


@router.get("/readyz", responses={503: {"model": Readiness, "description": "Something needed is missing."}})
def readyz(response: Response, services: AppServices) -> Readiness:
    """Say whether all that is needed is there: schema, store, broker, dispatcher, every worker."""
    readiness = check_all(services)
    response.status_code = 200 if readiness.ready else 503
    return readiness


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"description": "Measures.", "content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(services: AppServices) -> Response:
    """Give the measures in Prometheus' text format."""
    measure(services)
    return Response(services.metrics.text(), media_type=CONTENT_TYPE)
