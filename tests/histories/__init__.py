"""Recorded histories of runs: what the pure rules were asked, and what they decided.

`python -m tests.histories` records them anew and prints what differs; with `--write` it keeps that. A difference means
that runs which are parked now go on otherwise under the new rules.
"""
