/** The tabs that GraphiQL opens with at each endpoint. */
import { Kind, parse } from "graphql";
import type { GraphQLResult } from "../client";
import accounts from "./queries/accounts.graphql?raw";
import adjustStock from "./queries/adjust-stock.graphql?raw";
import companies from "./queries/companies.graphql?raw";
import goodIds from "./queries/good-ids.graphql?raw";
import goods from "./queries/goods.graphql?raw";
import offerIds from "./queries/offer-ids.graphql?raw";
import offers from "./queries/offers.graphql?raw";
import placeOrder from "./queries/place-order.graphql?raw";
import plugins from "./queries/plugins.graphql?raw";
import rootFields from "./queries/root-fields.graphql?raw";
import runUpdates from "./queries/run-updates.graphql?raw";
import stock from "./queries/stock.graphql?raw";

export interface Tab {
  readonly query: string;
  readonly variables?: string;
}

/** Objects of the user for the variables of the first tabs. */
export interface Examples {
  readonly goodId?: string;
  readonly goodRef?: string;
  readonly offerId?: string;
}

type Ask = (query: string) => Promise<GraphQLResult>;
type Make = (examples: Examples) => Tab;

const adjusting: Make = ({ goodId = "the id of a good" }) =>
  withVariables(adjustStock, { input: { goodId, delta: -3, reason: "counted" } });
const watching: Make = ({ goodRef = "the objectRef of a good" }) => withVariables(runUpdates, { objectRef: goodRef });
const ordering: Make = ({ offerId = "the id of a sell offer" }) =>
  withVariables(placeOrder, {
    input: { lines: [{ offerId, quantity: 2 }], buyer: { name: "Grace", email: "grace@example.org" } },
  });

const TABS: Readonly<Record<string, readonly Make[]>> = {
  "/graphql": [() => ({ query: stock }), adjusting, watching, ordering],
  "/subgraphs/commerce/graphql": [() => ({ query: goods }), adjusting, watching],
  "/subgraphs/market/graphql": [() => ({ query: offers }), ordering],
  "/subgraphs/supply/graphql": [() => ({ query: companies })],
  "/subgraphs/accounting/graphql": [() => ({ query: accounts })],
  "/subgraphs/registrar/graphql": [() => ({ query: plugins })],
};

/**
 * The first tabs at that endpoint, their variables filled in with objects of the caller where there are some.
 * A gateway may serve anybody's graph: tabs that ask for what is not there are left out.
 */
export async function firstTabs(endpoint: string, ask: Ask): Promise<Tab[]> {
  const makes = TABS[endpoint] ?? [];
  if (makes.length === 0) return [];
  const wanted = [
    ...(makes.includes(adjusting) ? [goodIds] : []),
    ...(makes.includes(ordering) ? [offerIds] : []),
  ];
  const [schema, ...answers] = await Promise.all([rootFields, ...wanted].map((query) => ask(query).catch(() => null)));
  const examples: Examples = Object.assign({}, ...answers.map((answer) => examplesIn(answer?.data)));
  const known = namesIn(schema?.data);
  return makes.map((make) => make(examples)).filter(({ query }) => known === null || known.has(rootFieldOf(query)));
}

/** The fields of the root types; null where the server does not tell. */
function namesIn(data: unknown): ReadonlySet<unknown> | null {
  const schema = dig(data, "__schema");
  if (typeof schema !== "object" || schema === null) return null;
  const fields = Object.values(schema).flatMap((type) => dig(type, "fields") ?? []);
  return new Set(fields.map((field) => dig(field, "name")));
}

function rootFieldOf(query: string): string | undefined {
  const [operation] = parse(query).definitions;
  const first = operation?.kind === Kind.OPERATION_DEFINITION ? operation.selectionSet.selections[0] : undefined;
  return first?.kind === Kind.FIELD ? first.name.value : undefined;
}

function withVariables(query: string, variables: unknown): Tab {
  return { query, variables: JSON.stringify(variables, null, 2) };
}

/** The first good and offer in an answer; both may be missing. */
export function examplesIn(data: unknown): Examples {
  const good = firstNode(dig(firstNode(dig(data, "businesses")), "goods"));
  const offer = firstNode(dig(firstNode(dig(data, "sellers")), "offers"));
  const found = { goodId: dig(good, "id"), goodRef: dig(good, "objectRef"), offerId: dig(offer, "id") };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => typeof value === "string"));
}

function firstNode(connection: unknown): unknown {
  const edges = dig(connection, "edges");
  return Array.isArray(edges) ? dig(edges[0], "node") : undefined;
}

function dig(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
