"""The operations that the plugin runs."""

CREATE_STAGE = """
mutation CreateStage($input: CreateStageInput!) {
  createStage(input: $input) { errors { code message } }
}
"""

COMPANY_OF_ITEM = """
query CompanyOfItem($itemId: ID!) {
  item(id: $itemId) { company { id } }
}
"""

CREATE_TRANSFORM = """
mutation CreateTransform($input: CreateTransformInput!) {
  createTransform(input: $input) { errors { code message } }
}
"""
