import { expect, test } from "vitest";
import { type Run, runUpdates, serviceOf } from "./queries";
import { withRun } from "./use-runs";

const run = (id: string, second: number, status = "RUNNING"): Run => ({
  id,
  status,
  service: "commerce",
  flow: "adjustStock",
  step: null,
  awaiting: [],
  progress: null,
  objectRefs: [],
  failure: null,
  rejections: [],
  updatedAt: new Date(second * 1000).toISOString(),
});

test("runs stand newest first, each once, in its newest state", () => {
  let runs: readonly Run[] = [];
  for (const next of [run("a", 1), run("b", 2), run("a", 3, "COMPLETED"), run("a", 1)]) runs = withRun(runs, next);
  expect(runs.map(({ id, status }) => [id, status])).toEqual([
    ["a", "COMPLETED"],
    ["b", "RUNNING"],
  ]);
});

test("old runs make room", () => {
  let runs: readonly Run[] = [];
  for (let second = 0; second < 80; second += 1) runs = withRun(runs, run(`r${second}`, second));
  expect(runs).toHaveLength(50);
  expect(runs[0]?.id).toBe("r79");
});

test("an object's runs are asked of its service", () => {
  expect(runUpdates("market:SellOffer:1")).toContain("marketRunUpdates(objectRef: $objectRef)");
  expect(() => serviceOf("x){evil}:A:1")).toThrow("no object ref");
});
