import { expect, test } from "vitest";
import { inWords, share } from "./progress";
import { type RunProgress, runUpdates } from "./queries";

const progress = (given: Partial<RunProgress>): RunProgress => ({
  step: "goods",
  page: 3,
  done: 200,
  of: 10000,
  failed: 0,
  undone: 0,
  ...given,
});

test("a run over many objects says how far it has come, and what did not go well", () => {
  expect(inWords(progress({}))).toBe("goods: 200 of 10000");
  expect(inWords(progress({ failed: 3 }))).toBe("goods: 200 of 10000, 3 refused");
  expect(inWords(progress({ failed: 1, undone: 100 }))).toBe("goods: 200 of 10000, 1 refused, 100 taken back");
  expect(inWords(progress({ of: null }))).toBe("goods: 200");
});

test("the share grows to all of it, and falls while pages are taken back", () => {
  expect(share(progress({}))).toBe(0.02);
  expect(share(progress({ done: 10007 }))).toBe(1);
  expect(share(progress({ undone: 150 }))).toBe(0.005);
  expect(share(progress({ done: 0, of: 0 }))).toBe(1);
  expect(share(progress({ of: null }))).toBeNull();
});

test("progress is asked for with every run", () => {
  expect(runUpdates("commerce:Business:1")).toContain("progress { step page done of failed undone }");
});
