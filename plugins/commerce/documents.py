"""The operations that the plugin runs."""

BUSINESS_OF_GOOD = """
query BusinessOfGood($goodId: ID!) {
  good(id: $goodId) { business { id } }
}
"""

CREATE_CUSTOMER = """
mutation CreateCustomer($input: CreateCustomerInput!) {
  createCustomer(input: $input) {
    customer { id }
    run { rejections { code message } }
    errors { code message }
  }
}
"""

CREATE_SALE = """
mutation CreateSale($input: CreateSaleInput!) {
  createSale(input: $input) {
    sale { id status }
    run { id status rejections { code message } }
    errors { code message }
  }
}
"""

SALES_OF_ORDER = """
query SalesOfOrder($businessId: ID!, $orderId: String!) {
  sales(businessId: $businessId, externalRef: $orderId) { edges { node { id status } } }
}
"""

CANCEL_SALE = """
mutation CancelSale($input: CancelSaleInput!) {
  cancelSale(input: $input) { errors { code message } }
}
"""

CANCEL_ORDER = """
mutation CancelOrder($input: CancelOrderInput!) {
  cancelOrder(input: $input) { errors { code message } }
}
"""
