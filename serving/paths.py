"""Where the API stands. Each router names its whole path, so that logs and figures show it."""

V1 = "/api/v1"
