"""The differential oracle: random federations and operations, answered by the gateway and by one server.

``python -m tests.oracle --seed N`` replays a case, ``--count N --from M`` runs many.
"""
