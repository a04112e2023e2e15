"""The scripted platform's part of the supergraph; field types differ between payloads on purpose."""

from graphql import GraphQLSchema, build_schema

SDL = """
scalar JSON
scalar DateTime

type Money { amount: String! currency: String! }
type Attribute { name: String! value: String! }
type UserError { code: String! message: String! }
type Good { id: ID! sku: String! stock: Int! price: Money! }
type Sale { id: ID! externalRef: String }
type Cause { runId: ID deliveryId: ID pluginTag: String }
type LinkRef { name: String! objectRef: String url: String }
type HookConnection { id: ID! objectRef: String! pluginTag: String! config: JSON links: [LinkRef!]! }
type HookHeartbeat { at: DateTime! }
enum HookMode { SYNC ASYNC }

type CommerceAdjustStockCommitStockChanged {
  goodId: ID! before: Int! after: Int! delta: Int! reason: String saleId: ID good: Good sale: Sale
}
type CommerceAdjustStockValidateBeforeStockChange { goodId: ID! before: Int! after: Int! good: Good }
type CommerceSetPriceCommitPriceChanged { goodId: ID! before: Money! after: Money! good: Good }
type CommerceUpdateGoodAttributesCommitAttributesChanged {
  goodId: ID! attributes: [Attribute!]! set: [Attribute!]! unset: [String!]! good: Good
}

union CommerceHookPayload = CommerceAdjustStockCommitStockChanged
  | CommerceAdjustStockValidateBeforeStockChange
  | CommerceSetPriceCommitPriceChanged
  | CommerceUpdateGoodAttributesCommitAttributesChanged
type CommerceHookDelivery {
  id: ID! hookId: String! mode: HookMode! attempt: Int! seq: Int! deadline: DateTime! replay: Boolean!
  cause: Cause connections: [HookConnection!]! payload: CommerceHookPayload
}
union CommerceHookMessage = CommerceHookDelivery | HookHeartbeat

input HookCompleteInput { result: JSON }
input HookRejectInput { code: String! message: String! }
input HookFailInput { message: String! }
input HookRetryInput { afterSeconds: Float! }
input HookExtendInput { seconds: Float! keep: Boolean! = false }
input HookOutcomeInput @oneOf {
  complete: HookCompleteInput reject: HookRejectInput fail: HookFailInput
  retry: HookRetryInput extend: HookExtendInput
}
input CommerceReplyInput { deliveryId: ID! attempt: Int! outcome: HookOutcomeInput! }
type CommerceReplyPayload { errors: [UserError!]! }
input UpdateSellOfferInput { offerId: ID! stock: Int settles: [ID!] }
type UpdateSellOfferPayload { errors: [UserError!]! }

type Query { good(id: ID!): Good }
type Mutation {
  commerceReply(input: CommerceReplyInput!): CommerceReplyPayload
  updateSellOffer(input: UpdateSellOfferInput!): UpdateSellOfferPayload
}
type Subscription {
  commerceHooks(worker: ID!, hooks: [String!], maxInFlight: Int = 16): CommerceHookMessage
}
"""


def scripted_schema() -> GraphQLSchema:
    """A fresh schema."""
    return build_schema(SDL)
