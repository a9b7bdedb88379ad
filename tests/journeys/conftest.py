"""Journeys go through the API alone."""

from tests.served import api, client

__all__ = ["api", "client"]
