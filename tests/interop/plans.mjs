// Plans operations on two supergraphs of the same input, and tells where the plans differ.
//
// Each line of standard input is a case as JSON: {id, subgraphs: [{name, url, sdl}], supergraph, reference, operations,
// planners}. The supergraph is the one under test, the reference @apollo/composition's, null where it is to be made here.
// For each case a line comes out: {id, refused} where @apollo/composition does not compose the subgraphs, else
// {id, planned, unplanned: [{planner, operation, reason}], differences: [{planner, labels, operation, ours, theirs}]}.
import { createInterface } from "node:readline";
import { composeServices } from "@apollo/composition";
import { operationFromDocument, Supergraph } from "@apollo/federation-internals";
import { QueryPlanner as ApolloPlanner } from "@apollo/query-planner";
import { QueryPlanner as HivePlanner } from "@graphql-hive/router-query-planner";
import { parse } from "graphql";
import { normalNode } from "./normal.mjs";

/** Each takes a supergraph and gives a function from operation and active override labels to a plan. */
const planners = {
  apollo(supergraph) {
    const built = Supergraph.build(supergraph, { supportedFeatures: null });
    const planner = new ApolloPlanner(built);
    const api = built.apiSchema();
    return (document, active, labels) => {
      const overrideConditions = new Map(labels.map((label) => [label, active]));
      return planner.buildQueryPlan(operationFromDocument(api, parse(document)), { overrideConditions });
    };
  },
  hive(supergraph) {
    const planner = new HivePlanner(supergraph);
    // A percentage is active for requests that drew less: none of them at 100, all at 0.
    return (document, active, labels) =>
      planner.plan(document, null, new Set(active ? labels : []), active ? 0 : 100);
  },
};

function compose(subgraphs) {
  const result = composeServices(subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) })));
  if (result.errors?.length) throw new Error(result.errors.map((error) => error.message).join("\n"));
  return result.supergraphSdl;
}

/** A plan, or the refusal to plan, as a normal form. */
function attempt(plan) {
  try {
    return normalNode(plan());
  } catch (error) {
    return { failed: error.message };
  }
}

/** A planner's function for a supergraph; of one that it refuses, a function that tells why. */
function opened(open, supergraph) {
  try {
    return open(supergraph);
  } catch (error) {
    return () => {
      throw new Error(`the supergraph was refused: ${error.message}`);
    };
  }
}

function compare({ id, subgraphs, supergraph, reference, operations, planners: asked }) {
  try {
    reference ??= compose(subgraphs);
  } catch (error) {
    return { id, refused: error.message };
  }
  const labels = [...new Set([...reference.matchAll(/overrideLabel: "([^"]*)"/g)].map(([, label]) => label))];
  const differences = [];
  const unplanned = [];
  let planned = 0;
  for (const planner of asked) {
    const [ours, theirs] = [supergraph, reference].map((sdl) => opened(planners[planner], sdl));
    for (const operation of operations) {
      for (const active of labels.length ? [false, true] : [false]) {
        const found = attempt(() => ours(operation, active, labels));
        const wanted = attempt(() => theirs(operation, active, labels));
        if (wanted?.failed === undefined) planned += 1;
        else unplanned.push({ planner, operation, reason: wanted.failed });
        if (JSON.stringify(found) !== JSON.stringify(wanted)) {
          differences.push({ planner, labels: active ? labels : [], operation, ours: found, theirs: wanted });
        }
      }
    }
  }
  return { id, planned, unplanned, differences };
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line) console.log(JSON.stringify(compare(JSON.parse(line))));
}
