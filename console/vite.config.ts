import { defineConfig } from "vite";

export default defineConfig({
  // Where the server serves the build from; the pages themselves live elsewhere.
  base: "/console/",
  build: {
    target: "es2022",
    // Monaco is one large piece that no split makes smaller.
    chunkSizeWarningLimit: 6000,
    reportCompressedSize: false,
    rollupOptions: {
      input: ["graphiql.html", "index.html"],
      // "use client" marks mean nothing without a server that renders.
      onwarn: (warning, warn) => void (warning.code === "MODULE_LEVEL_DIRECTIVE" || warn(warning)),
    },
  },
  worker: { format: "es" },
  // For `npm run dev` beside a running `izara up`.
  server: {
    proxy: {
      "/graphql": { target: "http://127.0.0.1:4000", ws: true },
      "/subgraphs": { target: "http://127.0.0.1:4000", ws: true },
      "/oauth": { target: "http://127.0.0.1:4000" },
    },
  },
});
