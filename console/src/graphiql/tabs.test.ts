import { expect, test } from "vitest";
import { operationIn } from "./fetcher";
import { firstTabs } from "./tabs";

const edges = (...nodes: unknown[]) => ({ edges: nodes.map((node) => ({ node })) });
const GOODS = { businesses: edges({ goods: edges({ id: "g1", objectRef: "commerce:Good:g1" }) }) };
const OFFERS = { sellers: edges({ offers: edges({ id: "o1" }) }) };

const titles = (tabs: readonly { readonly query: string }[]) =>
  tabs.map((tab) => /^(?:query|mutation|subscription) (\w+)/m.exec(tab.query)?.[1]);

test("the whole graph opens with the demo's story, about the caller's own objects", async () => {
  const tabs = await firstTabs("/graphql", async (query) => ({ data: query.includes("sellers") ? OFFERS : GOODS }));
  expect(titles(tabs)).toEqual(["Stock", "AdjustStock", "RunUpdates", "PlaceOrder"]);
  const [, adjust, watch, order] = tabs.map((tab) => JSON.parse(tab.variables ?? "null"));
  expect(adjust.input.goodId).toBe("g1");
  expect(watch).toEqual({ objectRef: "commerce:Good:g1" });
  expect(order.input.lines).toEqual([{ offerId: "o1", quantity: 2 }]);
});

test("whoever has no objects, or no server, gets the tabs all the same", async () => {
  const empty = await firstTabs("/graphql", async () => ({ data: { businesses: edges(), sellers: edges() } }));
  const failed = await firstTabs("/graphql", () => Promise.reject(new Error("no server")));
  expect(failed).toEqual(empty);
  expect(empty[1]?.variables).toContain("the id of a good");
});

test("a service's page asks that service alone, and an unknown one nothing", async () => {
  const asked: string[] = [];
  const ask = async (query: string) => {
    asked.push(query);
    return { data: null };
  };
  expect(titles(await firstTabs("/subgraphs/supply/graphql", ask))).toEqual(["Companies"]);
  expect(await firstTabs("/elsewhere", ask)).toEqual([]);
  expect(asked).toEqual([]);
});

test("the operation is that of the text, even where its name is another tab's", () => {
  const query = "subscription Runs { runs }";
  expect(operationIn({ query, operationName: "Stock" })?.name?.value).toBe("Runs");
  expect(operationIn({ query: "query A { a } mutation B { b }", operationName: "B" })?.operation).toBe("mutation");
  expect(operationIn({ query: "query A { a } query B { b }", operationName: "C" })).toBeNull();
  expect(operationIn({ query: "{ not" })).toBeNull();
});
