"""Reads a trader's file of history into canonical frames (`canonical.py`); knows no database.

`mapping.load` says how a file is meant, `readers.read` opens it, `classify.classify` turns it into
accepted lines, rejects and an exact reconciliation.
"""
