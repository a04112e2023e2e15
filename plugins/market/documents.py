"""The operations that the plugin runs."""

UPDATE_OFFER = """
mutation UpdateOffer($input: UpdateSellOfferInput!) {
  updateSellOffer(input: $input) { errors { code message } }
}
"""

PRODUCT_OF_OFFER = """
query ProductOfOffer($offerId: ID!) {
  sellOffer(id: $offerId) { product { id attributes { name value } } }
}
"""

UPDATE_PRODUCT = """
mutation UpdateProduct($input: UpdateProductInput!) {
  updateProduct(input: $input) { errors { code message } }
}
"""
