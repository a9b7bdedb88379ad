"""Every setting, in one place, read from the environment and `.env`; each is listed in `.env.example`.

URLs left empty mean the embedded part under `SAUDA_HOME` (`foundation/embedded_postgres.py`).
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from foundation.errors import Invalid


class Settings(BaseSettings):
    """What an operator may choose. Field names are the environment variables in lower case."""

    model_config = SettingsConfigDict(
        env_file=os.environ.get("SAUDA_ENV_FILE", ".env"), env_ignore_empty=True, extra="ignore", frozen=True
    )

    sauda_home: Path = Field(
        Path(".sauda"), description="Folder of all local state; two homes are two worlds."
    )
    sauda_env: Literal["development", "test", "production"] = Field(
        "development", description="In production the log is JSON and secrets must be given."
    )

    database_url: SecretStr | None = Field(
        None, description="Transactional database as the application role."
    )
    database_admin_url: SecretStr | None = Field(
        None, description="The same database as a role that may migrate."
    )
    warehouse_url: SecretStr | None = Field(
        None, description="Warehouse database; its role may create schemas."
    )
    dagster_database_url: SecretStr | None = Field(None, description="Database of Dagster's runs and events.")
    sauda_postgres_bin: Path | None = Field(
        None,
        description="Folder with initdb and pg_ctl to use for the embedded server instead of the wheel's.",
    )
    db_pool_size: int = Field(8, ge=1, le=50, description="Connections per process.")
    db_pool_timeout_seconds: float = Field(2.0, gt=0, description="Wait for a connection before 503.")
    db_lock_timeout_ms: int = Field(2_000, ge=1, description="Wait for a row lock before giving up.")
    db_statement_timeout_ms: int = Field(30_000, ge=1, description="Longest statement of a request or a job.")
    db_idle_in_transaction_timeout_ms: int = Field(
        30_000, ge=1, description="Longest pause inside a transaction."
    )

    object_store_url: str | None = Field(
        None, description="`s3://bucket/prefix`; empty: `SAUDA_HOME/objects`."
    )
    s3_endpoint: str | None = Field(None, description="Address of an S3-compatible server, if not AWS.")

    master_key: SecretStr | None = Field(
        None,
        description="Seals personal fields and signing keys; 32 characters or more. Empty: made once in `SAUDA_HOME`.",
    )
    access_token_minutes: int = Field(60, ge=1, le=24 * 60, description="Life of an access token.")
    refresh_token_days: int = Field(30, ge=1, le=365, description="Life of a refresh token.")

    payment_backdating_days_max: int = Field(
        31, ge=0, le=365, description="How many days back a payment, or a bounce, may be dated."
    )
    smtp_url: SecretStr | None = Field(
        None, description="`smtp(s)://user:password@host:port`; empty: mails are files in the object store."
    )
    mail_from: str = Field("Sauda <no-reply@sauda.example>", description="Sender of all mails.")

    api_host: str = Field("127.0.0.1", description="Address the API binds.")
    api_port: int = Field(8000, ge=1, le=65535, description="Port of the API.")
    dashboards_port: int = Field(8501, ge=1, le=65535, description="Port of the dashboards.")
    dagster_port: int = Field(3000, ge=1, le=65535, description="Port of Dagster's web server.")
    api_url: str | None = Field(
        None, description="Where the dashboards find the API; empty: host and port above."
    )

    public_url: str | None = Field(
        None,
        description="Where customers outside reach the API, for the links in messages; empty: host and port above.",
    )

    trusted_proxies: str = Field(
        "",
        description="Addresses or networks whose X-Forwarded-For and -Proto are believed, comma-separated.",
    )
    https_only: bool = Field(
        False, description="Refuse what comes over plain http, and tell browsers to remember it (HSTS)."
    )
    cors_origins: str = Field(
        "", description="Origins whose pages may call the API from a browser, comma-separated."
    )
    rate_limit_reads: int = Field(
        1_200, ge=0, description="Reads a minute of one user or API key, per process; 0: no limit."
    )
    rate_limit_writes: int = Field(
        600, ge=0, description="Writes a minute of one user or API key, per process; 0: no limit."
    )
    rate_limit_anonymous: int = Field(
        120, ge=0, description="Requests a minute of one address without a log-in, per process; 0: no limit."
    )

    cbms_url: str = Field(
        "https://cbapi.ird.gov.np", description="Where bills of Nepal are reported to: the tax office's CBMS."
    )
    webhooks_to_loopback: bool = Field(
        False, description="Let webhooks go to this machine, over http too: for development and tests alone."
    )

    worker_concurrency: int = Field(8, ge=1, le=64, description="Workflows that one worker runs at once.")
    worker_port: int | None = Field(
        None, ge=1, le=65535, description="Port of a worker's /health and /metrics; empty: none."
    )
    seal_interval_seconds: float = Field(5.0, gt=0, description="How often a worker seals the books.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least level that is logged."
    )

    sauda_demo_password: SecretStr | None = Field(
        None, description="Password of the demo log-ins; empty: made once in `SAUDA_HOME`."
    )

    @property
    def home(self) -> Path:
        """`sauda_home` as an absolute path."""
        return self.sauda_home.expanduser().resolve()


@lru_cache
def settings() -> Settings:
    """The settings of this process, read once. Tests that change the environment call `cache_clear()`."""
    try:
        return Settings()
    except ValidationError as error:
        # Only names and reasons: the value that was refused may be a secret.
        wrong = "; ".join(f"{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors())
        raise Invalid(f"{wrong}; correct it in the environment or in .env") from None
