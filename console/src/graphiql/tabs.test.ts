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

test("on another graph there are only the tabs that it can answer", async () => {
  const fields = (...names: string[]) => ({ fields: names.map((name) => ({ name })) });
  const schemas = [
    { queryType: fields("topProducts"), mutationType: null, subscriptionType: null },
    { queryType: fields("businesses"), mutationType: fields("placeOrder"), subscriptionType: null },
  ];
  const ask = (schema: unknown) => async (query: string) => ({
    data: query.includes("__schema") ? { __schema: schema } : null,
  });
  expect(await firstTabs("/graphql", ask(schemas[0]))).toEqual([]);
  expect(titles(await firstTabs("/graphql", ask(schemas[1])))).toEqual(["Stock", "PlaceOrder"]);
});

test("an unknown endpoint gets no tabs, and is asked nothing", async () => {
  const asked: string[] = [];
  const ask = async (query: string) => {
    asked.push(query);
    return { data: null };
  };
  expect(titles(await firstTabs("/subgraphs/supply/graphql", ask))).toEqual(["Companies"]);
  expect(asked).toHaveLength(1);
  expect(await firstTabs("/elsewhere", ask)).toEqual([]);
  expect(asked).toHaveLength(1);
});

test("the operation is that of the text, even where its name is another tab's", () => {
  const query = "subscription Runs { runs }";
  expect(operationIn({ query, operationName: "Stock" })?.name?.value).toBe("Runs");
  expect(operationIn({ query: "query A { a } mutation B { b }", operationName: "B" })?.operation).toBe("mutation");
  expect(operationIn({ query: "query A { a } query B { b }", operationName: "C" })).toBeNull();
  expect(operationIn({ query: "{ not" })).toBeNull();
});
