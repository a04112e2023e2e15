// The normal form of a query plan: what is fetched, from whom and in which structure, whatever the formatting and
// the order of selections that a subgraph answers in any order.
import { parse, print } from "graphql";

/** A plan's node, of Apollo's or Hive's planner, as plain data that is equal where the plans are. */
export function normalNode(node) {
  switch (node?.kind) {
    case undefined:
      return null;
    case "QueryPlan":
      return normalNode(node.node);
    case "Sequence":
      return { sequence: node.nodes.map(normalNode) };
    case "Parallel":
      return { parallel: sorted(node.nodes.map(normalNode)) };
    case "Flatten":
      return { at: node.path, node: normalNode(node.node) };
    case "Subscription":
      return { subscription: normalNode(node.primary), rest: normalNode(node.rest) };
    case "Fetch":
    case "BatchFetch":
      return normalFetch(node);
    default:
      // A kind that no operation of the test asks for (@defer, conditions): compared as it is.
      return node;
  }
}

function normalFetch({ kind, serviceName, operation, variableUsages, requires, entityBatch, ...rest }) {
  const rewrites = [rest.inputRewrites, rest.outputRewrites, rest.contextRewrites].map((list) => sorted(list ?? []));
  return {
    kind,
    service: serviceName,
    operation: normalOperation(operation),
    variables: [...(variableUsages ?? [])].sort(),
    requires: normalRequires(requires),
    batch: entityBatch?.aliases.map(({ requires: needed, ...alias }) => ({ ...alias, requires: normalRequires(needed) })),
    rewrites,
  };
}

function normalOperation(text) {
  return parse(text, { noLocation: true }).definitions.map((definition) =>
    print({
      ...definition,
      name: definition.kind === "FragmentDefinition" ? definition.name : undefined,
      variableDefinitions: byText(definition.variableDefinitions ?? []),
      selectionSet: normalSelections(definition.selectionSet),
    }),
  ).sort();
}

function normalSelections(set) {
  const selections = set.selections.map((node) => ({
    ...node,
    ...(node.arguments ? { arguments: byText(node.arguments) } : {}),
    ...(node.selectionSet ? { selectionSet: normalSelections(node.selectionSet) } : {}),
  }));
  return { ...set, selections: byText(selections) };
}

function byText(nodes) {
  return [...nodes].sort((left, right) => compare(print(left), print(right)));
}

function normalRequires(selections) {
  return sorted(
    (selections ?? []).map(({ selections: inner, ...node }) => ({ ...node, selections: normalRequires(inner) })),
  );
}

function sorted(values) {
  return [...values].sort((left, right) => compare(JSON.stringify(left), JSON.stringify(right)));
}

function compare(left, right) {
  return left < right ? -1 : left > right ? 1 : 0;
}
