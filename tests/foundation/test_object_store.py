"""The same behaviour in a folder and in S3."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from moto.server import ThreadedMotoServer

from foundation.errors import Unavailable
from foundation.object_store import ObjectExists, ObjectNotFound, ObjectStore, object_store
from foundation.settings import settings


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ObjectStore]:
    monkeypatch.setenv("SAUDA_HOME", str(tmp_path))
    if request.param == "s3":
        endpoint = request.getfixturevalue("s3_endpoint")
        bucket = f"bucket-{abs(hash(str(tmp_path)))}"
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        monkeypatch.setenv("S3_ENDPOINT", endpoint)
        monkeypatch.setenv("OBJECT_STORE_URL", f"s3://{bucket}/sauda")
        httpx.put(f"{endpoint}/{bucket}").raise_for_status()
    settings.cache_clear()
    yield object_store()
    settings.cache_clear()


def test_what_was_put_is_read_back(store: ObjectStore) -> None:
    store.put("raw/orders/1.parquet", b"\x00rows")
    assert store.get("raw/orders/1.parquet") == b"\x00rows"
    assert store.exists("raw/orders/1.parquet")


def test_a_large_file_is_put_and_read_in_pieces(store: ObjectStore, tmp_path: Path) -> None:
    content = bytes(range(256)) * (12 * 1024 * 1024 // 256)
    file = tmp_path / "large"
    file.write_bytes(content)
    store.put("large", file)
    pieces = list(store.chunks("large"))
    assert len(pieces) > 1
    assert b"".join(pieces) == content


def test_a_listing_holds_the_keys_under_a_prefix_in_order(store: ObjectStore) -> None:
    for key in ("raw/b/2", "raw/b/1", "raw/a/1", "published/1"):
        store.put(key, b"12345")
    assert [one.key for one in store.list("raw/b")] == ["raw/b/1", "raw/b/2"]
    assert [one.key for one in store.list()] == ["published/1", "raw/a/1", "raw/b/1", "raw/b/2"]
    assert store.list("raw/a")[0].size == 5
    assert store.list("nothing/here") == []


def test_a_missing_object_is_named(store: ObjectStore) -> None:
    assert not store.exists("gone")
    with pytest.raises(ObjectNotFound, match="there is no gone in"):
        store.get("gone")


def test_deleting_twice_is_no_error(store: ObjectStore) -> None:
    store.put("one", b"1")
    store.delete("one", "never-there")
    store.delete("one")
    assert not store.exists("one")


def test_what_is_written_once_is_not_written_over(store: ObjectStore) -> None:
    store.put("anchor", b"first", replace=False)
    with pytest.raises(ObjectExists, match="anchor is already in"):
        store.put("anchor", b"second", replace=False)
    assert store.get("anchor") == b"first"


def test_a_pointer_names_nothing_and_then_what_it_was_last_given(store: ObjectStore) -> None:
    assert store.read_pointer("published/CURRENT") is None
    store.swap_pointer("published/CURRENT", "run-1")
    store.swap_pointer("published/CURRENT", "run-2")
    assert store.read_pointer("published/CURRENT") == "run-2"


def test_only_a_folder_has_paths(store: ObjectStore) -> None:
    store.put("mail/1.eml", b"Subject: dues")
    path = store.local_path("mail/1.eml")
    assert path is None if store.location.startswith("s3://") else path is not None and path.is_file()


def test_another_scheme_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBJECT_STORE_URL", "ftp://somewhere/else")
    settings.cache_clear()
    with pytest.raises(Unavailable, match="write it like s3://bucket/prefix"):
        object_store()
    settings.cache_clear()


def test_a_bucket_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBJECT_STORE_URL", "s3://lake/sauda")
    monkeypatch.setenv("S3_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush-hush")
    settings.cache_clear()
    with pytest.raises(Unavailable, match=r"s3://lake/sauda.*check OBJECT_STORE_URL") as caught:
        object_store().get("anything")
    assert "hush" not in caught.value.message
    settings.cache_clear()
