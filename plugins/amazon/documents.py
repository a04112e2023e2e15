"""The operations that the plugin runs."""

ACCOUNT = """
query Account($connectionId: ID!) {
  connection(id: $connectionId) { status authorization { secrets } }
}
"""

GOOD = """
query Good($goodId: ID!) {
  good(id: $goodId) { sku name price { amount currency } stock attributes { name value } }
}
"""
