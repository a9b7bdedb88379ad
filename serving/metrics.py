"""What Prometheus reads: requests by route and status, and what every room counts."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

requests = Counter("sauda_http_requests", "Requests answered", ["method", "route", "status"])
seconds = Histogram(
    "sauda_http_request_seconds",
    "Time to the last byte of an answer",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)

router = APIRouter(tags=["operations"])


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {
            "description": "The Prometheus text format",
            "content": {
                "text/plain": {
                    "example": 'sauda_http_requests_total{method="GET",route="/health",status="200"} 1.0'
                }
            },
        }
    },
)
def read_metrics() -> Response:
    """The figures of this process for Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
