"""What the gateway costs: its figures beside hand-written floors, all in one run.

`standins` answers as four subgraphs, `load` asks, `program` and `forwarder` are the floors, `compare` runs them.
"""
