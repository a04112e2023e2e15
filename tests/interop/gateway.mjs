// @apollo/gateway on the supergraph in a file, behind @apollo/server on a free port: node gateway.mjs SUPERGRAPH
// Prints its address once it serves. Ends when standard input does, so that it never outlives who started it.
import { readFileSync } from "node:fs";
import { ApolloGateway, RemoteGraphQLDataSource } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";

class Forwarding extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    if (context.authorization) request.http.headers.set("authorization", context.authorization);
  }
}

const silent = { debug() {}, info() {}, warn: console.error, error: console.error };
const gateway = new ApolloGateway({
  supergraphSdl: readFileSync(process.argv[2], "utf8"),
  buildService: ({ url }) => new Forwarding({ url }),
  logger: silent,
});
const server = new ApolloServer({ gateway, logger: silent, includeStacktraceInErrorResponses: false });
const { url } = await startStandaloneServer(server, {
  listen: { host: "127.0.0.1", port: 0 },
  context: async ({ req }) => ({ authorization: req.headers.authorization }),
});
console.log(`ready ${url}`);
process.stdin.resume().on("end", () => process.exit(0));
