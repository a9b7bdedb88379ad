"""A typed client of Sauda's API."""

from sauda_client.client import Sauda, every
from sauda_client.errors import Refused
from sauda_client.webhooks import SignatureInvalid, verify_webhook

__all__ = ["Refused", "Sauda", "SignatureInvalid", "every", "verify_webhook"]
