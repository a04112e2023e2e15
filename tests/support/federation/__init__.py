"""Random schemas, cut over random subgraphs: raw material for properties of composition and planning."""
