// Composes the subgraphs of a manifest with one of npm's composers, once, in a process of its own:
//   node compose.mjs MANIFEST.json apollo|guild
// The manifest is [{"name", "url", "sdl"}]. Prints {"ok", "errors", "seconds", "cpuSeconds", "peakRssMb"} as JSON.
// Reading the manifest and loading the composer are not timed; parsing the SDL is.
import { readFileSync } from "node:fs";
import { parse } from "graphql";

const peers = {
  async apollo() {
    const { composeServices } = await import("@apollo/composition");
    return (subgraphs) => composeServices(subgraphs);
  },
  async guild() {
    const { composeServices } = await import("@theguild/federation-composition");
    return (subgraphs) => composeServices(subgraphs);
  },
};

const [manifest, peer] = process.argv.slice(2);
if (!manifest || !Object.hasOwn(peers, peer ?? "")) {
  console.error(`usage: node compose.mjs MANIFEST.json ${Object.keys(peers).join("|")}`);
  process.exit(2);
}
const subgraphs = JSON.parse(readFileSync(manifest, "utf8"));
const compose = await peers[peer]();
const began = performance.now();
const before = process.cpuUsage();
const result = compose(subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) })));
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(before);
const errors = (result.errors ?? []).map((error) => error.message);
const ok = errors.length === 0 && Boolean(result.supergraphSdl);
// maxRSS is in kilobytes on every platform.
const peakRssMb = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ ok, errors: errors.slice(0, 5), seconds, cpuSeconds: (user + system) / 1e6, peakRssMb }));
