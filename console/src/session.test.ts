import { expect, test } from "vitest";
import { type KeyValues, Session, SignInError } from "./session";

/** An issuer of development tokens, a clock, and a browser's storage. */
function world(users: readonly string[] | null = ["admin", "ada", "bob"], lifetime = 300) {
  const asked: string[] = [];
  const state = { now: 0, refuse: false, slow: {} as Record<string, Promise<void>> };
  const fetch = async (_path: string, init?: RequestInit): Promise<Response> => {
    if (users === null) return new Response("Not Found", { status: 404 });
    if (init?.method !== "POST") return Response.json({ users });
    if (state.refuse) return Response.json({ error: "access_denied", error_description: "on loopback only" }, { status: 403 });
    const { user } = JSON.parse(String(init.body)) as { user: string };
    const number = asked.push(user);
    await state.slow[user];
    return Response.json({ access_token: `${user}-${number}`, expires_in: lifetime });
  };
  const kept = new Map<string, string>();
  const storage: KeyValues = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
  const open = (development = true): Session =>
    new Session({ development, fetch, now: () => state.now, users: storage, tokens: storage });
  return { asked, state, open };
}

test("opens as ada, and asks for one token however many requests start", async () => {
  const { asked, open } = world();
  const session = open();
  const all = await Promise.all([session.authorization(), session.authorization(), session.authorization()]);
  expect(all).toEqual(["Bearer ada-1", "Bearer ada-1", "Bearer ada-1"]);
  expect(asked).toEqual(["ada"]);
  expect(session.state).toEqual({ kind: "users", users: ["admin", "ada", "bob"], user: "ada" });
});

test("replaces a token before it expires", async () => {
  const { state, open } = world(["ada"], 300);
  const session = open();
  await session.authorization();
  state.now = 269_000;
  expect(await session.authorization()).toBe("Bearer ada-1");
  state.now = 271_000;
  expect(await session.authorization()).toBe("Bearer ada-2");
});

test("replaces a token of a short life at half of it", async () => {
  const { state, open } = world(["ada"], 10);
  const session = open();
  await session.authorization();
  state.now = 6_000;
  expect(await session.authorization()).toBe("Bearer ada-2");
});

test("replaces a token that the server refused, however new", async () => {
  const session = world().open();
  await session.authorization();
  session.refused();
  expect(await session.authorization()).toBe("Bearer ada-2");
});

test("changes the user at once, and keeps the choice for the next page", async () => {
  const { open } = world();
  const session = open();
  await session.authorization();
  let told = 0;
  session.subscribe(() => (told += 1));
  session.chooseUser("bob");
  expect(told).toBe(1);
  expect(await session.authorization()).toBe("Bearer bob-2");
  expect(await open().authorization()).toBe("Bearer bob-3");
  session.chooseUser(null);
  expect(await session.authorization()).toBeNull();
  expect(await open().authorization()).toBeNull();
});

test("a token that arrives after another user was chosen is not that user's", async () => {
  const { asked, state, open } = world();
  const session = open();
  await session.authorization();
  let arrive = (): void => {};
  state.slow["bob"] = new Promise((resolve) => (arrive = resolve));
  session.chooseUser("bob");
  const bobs = session.authorization();
  await expect.poll(() => asked).toContain("bob");
  session.chooseUser("admin");
  expect(await session.authorization()).toBe("Bearer admin-3");
  arrive();
  expect(await bobs).toBe("Bearer bob-2");
  expect(await session.authorization()).toMatch(/^Bearer admin/);
});

test("says why there is no token, and tries again with the next request", async () => {
  const { state, open } = world();
  const session = open();
  state.refuse = true;
  await expect(session.authorization()).rejects.toThrow(new SignInError("Could not sign in as ada: on loopback only"));
  state.refuse = false;
  expect(await session.authorization()).toBe("Bearer ada-1");
});

test.each([
  ["where there is no development issuer", null, true],
  ["in production, without asking", ["ada"], false],
])("takes a token from elsewhere %s", async (_where, users, development) => {
  const { open } = world(users);
  const session = open(development);
  expect(await session.authorization()).toBeNull();
  session.useToken("  Bearer abc ");
  expect(await session.authorization()).toBe("Bearer abc");
  expect(await open(development).authorization()).toBe("Bearer abc");
  session.useToken("");
  expect(await session.authorization()).toBeNull();
});
