"""What the services' schemas have in common; no service of its own and no rule of any one of them."""
