"""Objects by key, in a folder of the home or in S3: Parquet of the lake, publications, documents, mail.

A key is a path with `/`, never absolute. An object is seen whole or not at all. Nothing is renamed:
what must change is a small pointer object, swapped last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, S3Store

from foundation.errors import Conflict, NotFound, Unavailable
from foundation.settings import settings

if TYPE_CHECKING:
    from obstore import ObjectMeta


class ObjectNotFound(NotFound):
    """There is no object of this key."""

    code: ClassVar[str] = "object-not-found"


class ObjectExists(Conflict):
    """An object that is written once is there already."""

    code: ClassVar[str] = "object-exists"


@dataclass(frozen=True)
class ObjectFacts:
    """What a listing says of an object."""

    key: str
    size: int
    etag: str | None
    written_at: datetime
    """By the store's own clock; writing the same again counts."""


class ObjectStore:
    """One folder or bucket prefix. Safe to share between threads."""

    def __init__(self, location: str, store: LocalStore | S3Store) -> None:
        self.location = location
        self._store = store

    def put(self, key: str, content: bytes | Path, *, replace: bool = True) -> None:
        """Write the object whole; with `replace=False` raises ObjectExists when it is there already.

        A `Path` is read in pieces, so that a large file never stands in memory.
        """
        try:
            # A conditional write cannot be sent in parts, so it alone takes the content in one piece.
            obstore.put(self._store, key, content, mode="overwrite" if replace else "create")
        except AlreadyExistsError:
            raise ObjectExists(f"{key} is already in {self.location} and is written once", key=key) from None
        except (BaseError, OSError) as error:
            raise self._unavailable("write", key, error) from error

    def get(self, key: str) -> bytes:
        """The content of the object. Raises ObjectNotFound."""
        return b"".join(self.chunks(key))

    def chunks(self, key: str) -> Iterator[bytes]:
        """The content piece by piece, for what should not stand in memory. Raises ObjectNotFound."""
        try:
            for chunk in obstore.get(self._store, key):
                yield bytes(chunk)
        except FileNotFoundError:
            raise ObjectNotFound(f"there is no {key} in {self.location}", key=key) from None
        except (BaseError, OSError) as error:
            raise self._unavailable("read", key, error) from error

    def list(self, prefix: str = "") -> list[ObjectFacts]:
        """The objects under a folder-like prefix (`raw/orders`, not `raw/ord`), by key."""
        try:
            pages = obstore.list(self._store, prefix or None)
            found = [_facts(one) for page in pages for one in page]
        except FileNotFoundError:
            return []
        except (BaseError, OSError) as error:
            raise self._unavailable("list", prefix, error) from error
        return sorted(found, key=lambda one: one.key)

    def exists(self, key: str) -> bool:
        """Whether there is such an object."""
        return self.facts(key) is not None

    def facts(self, key: str) -> ObjectFacts | None:
        """What a listing would say of one object; None where there is none."""
        try:
            return _facts(obstore.head(self._store, key))
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise self._unavailable("look up", key, error) from error

    def delete(self, *keys: str) -> None:
        """Remove the objects; those that are not there are no error."""
        for key in keys:
            try:
                obstore.delete(self._store, key)
            except FileNotFoundError:
                continue
            except (BaseError, OSError) as error:
                raise self._unavailable("delete", key, error) from error

    def read_pointer(self, key: str) -> str | None:
        """What the small pointer object names; None before the first swap."""
        try:
            return self.get(key).decode()
        except ObjectNotFound:
            return None

    def swap_pointer(self, key: str, value: str) -> None:
        """Let the pointer name `value` from now on: readers see the old value or the new one.

        The caller serialises writers (a run holds the warehouse lock); readers need nothing.
        """
        self.put(key, value.encode())

    def local_path(self, key: str) -> Path | None:
        """Where the object stands as a file, for readers that want one; None in S3."""
        return Path(self.location) / key if isinstance(self._store, LocalStore) else None

    def _unavailable(self, verb: str, key: str, error: Exception) -> Unavailable:
        reason = str(error).strip().partition("\n")[0]
        return Unavailable(
            f"cannot {verb} {key or 'objects'} in {self.location}: {reason}; check OBJECT_STORE_URL"
        )


def _facts(one: ObjectMeta) -> ObjectFacts:
    return ObjectFacts(one["path"], one["size"], one["e_tag"], one["last_modified"])


def object_store() -> ObjectStore:
    """The store of OBJECT_STORE_URL, or else the folder `SAUDA_HOME/objects`."""
    chosen = settings()
    return _open(chosen.object_store_url, chosen.s3_endpoint, chosen.home / "objects")


@lru_cache
def _open(url: str | None, endpoint: str | None, folder: Path) -> ObjectStore:
    if url is None:
        folder.mkdir(parents=True, exist_ok=True)
        return ObjectStore(str(folder), LocalStore(folder, mkdir=True))
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise Unavailable(f"OBJECT_STORE_URL is {url!r}; write it like s3://bucket/prefix, or leave it empty")
    # Keys and region come from the usual AWS variables, or from the machine's own role.
    # Without a bound the client repeats for three minutes before it says that nobody answers.
    options: dict[str, Any] = {"retry_config": {"max_retries": 4, "retry_timeout": timedelta(seconds=20)}}
    if endpoint is not None:
        options |= {
            "endpoint": endpoint,
            "virtual_hosted_style_request": False,
            "client_options": {"allow_http": endpoint.startswith("http://")},
        }
    return ObjectStore(url, S3Store(parts.netloc, prefix=parts.path.strip("/") or None, **options))
