"""GraphQL federation: composition, planning, execution and serving, for any Federation 2 subgraphs.

This package imports nothing when it is imported; the door to the server is `gateway.app`.
"""
