"""The operations that the plugin runs."""

ACCOUNTS = """
query Accounts($organizationId: ID!, $after: String) {
  organization(id: $organizationId) {
    accounts(first: 100, after: $after) { edges { node { id kind } } pageInfo { hasNextPage endCursor } }
  }
}
"""

ENTRY_OF_SALE = """
query EntryOfSale($organizationId: ID!, $saleId: String!) {
  journalEntries(organizationId: $organizationId, externalRef: $saleId) {
    edges { node { lines { accountId debit { amount currency } credit { amount currency } } } }
  }
}
"""

POST_ENTRY = """
mutation PostEntry($input: PostJournalEntryInput!) {
  postJournalEntry(input: $input) { errors { code message } }
}
"""
