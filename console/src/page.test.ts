import { expect, test } from "vitest";
import { readPageConfig, webSocketUrl } from "./page";

const read = (meta: Record<string, string>) => readPageConfig((name) => meta[`${name}`] ?? null);

test("without a word from the server it is the whole graph's page", () => {
  expect(read({})).toEqual({ endpoint: "/graphql", subgraphs: [], development: true, whole: true });
});

test("what the server says counts", () => {
  const meta = {
    "izara-endpoint": "/subgraphs/market/graphql",
    "izara-subgraphs": "commerce market",
    "izara-development": "no",
    "izara-whole": "no",
  };
  expect(read(meta)).toEqual({
    endpoint: "/subgraphs/market/graphql",
    subgraphs: ["commerce", "market"],
    development: false,
    whole: false,
  });
});

test.each(["//evil.example/graphql", "https://evil.example", "graphql", "/a b"])("an endpoint elsewhere is not used: %s", (endpoint) => {
  expect(read({ "izara-endpoint": endpoint }).endpoint).toBe("/graphql");
});

test("the socket is as safe as the page", () => {
  expect(webSocketUrl("/graphql", { protocol: "https:", host: "izara.example" })).toBe("wss://izara.example/graphql");
  expect(webSocketUrl("/graphql", { protocol: "http:", host: "127.0.0.1:4000" })).toBe("ws://127.0.0.1:4000/graphql");
});
