// One of npm's gateways on a free port of loopback: node gateway.mjs MANIFEST.json apollo|hive|mercurius
// The manifest is {"supergraph", "subgraphs": [{"name", "url", "sdl"}]}. Prints "ready PORT" once it serves.
// Ends when standard input does, so that it never outlives who started it.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const HOST = "127.0.0.1";

const peers = {
  async apollo({ supergraph }) {
    const { ApolloGateway } = await import("@apollo/gateway");
    const { ApolloServer } = await import("@apollo/server");
    const { startStandaloneServer } = await import("@apollo/server/standalone");
    const logger = { debug() {}, info() {}, warn: console.error, error: console.error };
    const gateway = new ApolloGateway({ supergraphSdl: supergraph, logger });
    const server = new ApolloServer({ gateway, logger });
    const { url } = await startStandaloneServer(server, { listen: { host: HOST, port: 0 } });
    return new URL(url).port;
  },
  async hive({ supergraph }) {
    const { createGatewayRuntime } = await import("@graphql-hive/gateway-runtime");
    const gateway = createGatewayRuntime({ supergraph, logging: false, graphiql: false, landingPage: false });
    const server = createServer(gateway);
    await new Promise((listening) => server.listen(0, HOST, listening));
    return server.address().port;
  },
  async mercurius({ subgraphs }) {
    const { default: Fastify } = await import("fastify");
    const { default: mercurius } = await import("@mercuriusjs/gateway");
    const app = Fastify();
    const services = subgraphs.map(({ name, url, sdl }) => ({ name, url, schema: sdl, keepAlive: 10_000 }));
    await app.register(mercurius, { jit: 1, gateway: { services } });
    await app.listen({ host: HOST, port: 0 });
    return app.server.address().port;
  },
};

const [manifest, peer] = process.argv.slice(2);
if (!manifest || !Object.hasOwn(peers, peer ?? "")) {
  console.error(`usage: node gateway.mjs MANIFEST.json ${Object.keys(peers).join("|")}`);
  process.exit(2);
}
const port = await peers[peer](JSON.parse(readFileSync(manifest, "utf8")));
console.log(`ready ${port}`);
process.stdin.resume().on("end", () => process.exit(0));
