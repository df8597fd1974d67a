/** How the pages are built: one document, hashed files, into the folder the API serves. */
import { defineConfig } from "vite";

const api = process.env.HERITWIN_DEV_API ?? "http://127.0.0.1:8080";

export default defineConfig({
  build: { outDir: "../service/static", emptyOutDir: true, target: "es2022", chunkSizeWarningLimit: 900 },
  server: { proxy: { "/v1": api, "/t": api, "/heritwin": api } },
});
