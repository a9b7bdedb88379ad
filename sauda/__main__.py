"""`python -m sauda`: the same command line, by the interpreter that is at hand."""

from __future__ import annotations

from sauda.main import main

main()
