import type { Storage as GraphiQLStorage } from "@graphiql/toolkit";

/** A part of the browser's storage for one endpoint, so that its tabs and history are not those of another. */
export function storageOf(endpoint: string, storage: Storage): GraphiQLStorage {
  const prefix = `izara:${endpoint}:`;
  const keys = (): string[] =>
    Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "").filter((key) => key.startsWith(prefix));
  return {
    getItem: (key) => storage.getItem(prefix + key),
    setItem: (key, value) => storage.setItem(prefix + key, value),
    removeItem: (key) => storage.removeItem(prefix + key),
    clear: () => keys().forEach((key) => storage.removeItem(key)),
    get length() {
      return keys().length;
    },
  };
}

/** Whether GraphiQL kept tabs there, which it opens instead of the first ones. */
export function hasTabs(storage: GraphiQLStorage): boolean {
  return storage.getItem("graphiql:tabState") !== null;
}
