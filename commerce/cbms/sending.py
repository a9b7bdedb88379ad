"""One report to the tax office's address: to where its name led when it was asked, and never for long."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import anyio
import httpx

from commerce.webhooks.addresses import TargetRefused, check_url, resolved
from commerce.webhooks.errors import WebhookUrlInvalid
from foundation.settings import settings

WHOLE_SECONDS: Final = 20
READ_BYTES_MAX: Final = 4_096
_CODE: Final = re.compile(r'"?([0-9]{3})"?')


def send(path: str, body: dict[str, Any]) -> tuple[int | None, str]:
    """The office's code, or None with what went wrong; nothing that happens out there raises."""
    try:
        status, read = anyio.run(_post, settings().cbms_url.rstrip("/") + path, body)
    except (TargetRefused, WebhookUrlInvalid) as error:
        return None, f"CBMS_URL: {error}"
    except TimeoutError:
        return None, f"no whole answer within {WHOLE_SECONDS} s"
    except httpx.HTTPError as error:
        return None, f"no answer: {type(error).__name__}"
    told = read.decode(errors="replace").replace("\0", "\ufffd").strip()
    found = _CODE.fullmatch(told)
    if status != 200 or found is None:
        return None, f"an answer that is no code, with status {status}: {told[:80]!r}"
    return int(found[1]), "answered"


async def _post(url: str, body: dict[str, Any]) -> tuple[int, bytes]:
    with anyio.fail_after(WHOLE_SECONDS):
        parts = check_url(url)
        host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
        # The name is asked once and the connection goes to its answer: a second answer could lead inside.
        target = httpx.URL(url).copy_with(host=str(await resolved(host, port)))
        async with (
            httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=WHOLE_SECONDS) as client,
            client.stream(
                "POST",
                target,
                content=json.dumps(body, ensure_ascii=False).encode(),
                headers={
                    "host": parts.netloc,
                    "content-type": "application/json; charset=utf-8",
                    "accept-encoding": "identity",
                },
                extensions={"sni_hostname": host},
            ) as answer,
        ):
            read = b""
            async for chunk in answer.aiter_raw():
                read += chunk
                if len(read) >= READ_BYTES_MAX:
                    break
            return answer.status_code, read
