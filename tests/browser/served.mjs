/** Folders on this machine, served to pages of any origin. */
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { createGzip } from "node:zlib";

const SCRIPT = "text/javascript";
const TYPES = { ".html": "text/html", ".js": SCRIPT, ".cjs": SCRIPT, ".css": "text/css", ".json": "application/json" };

/** Serve folders by name; `asked` lists what was asked for, without the name. */
export async function serve(folders) {
  const asked = [];
  const server = createServer((request, answer) => {
    const [, name, ...rest] = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname)).split("/");
    const path = join(folders[name] ?? "/nowhere", ...rest);
    asked.push(rest.join("/"));
    answer.setHeader("Access-Control-Allow-Origin", "*");
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return answer.writeHead(404).end();
    const type = TYPES[extname(path)];
    answer.setHeader("Content-Type", type ?? "application/octet-stream");
    if (!type) return createReadStream(path).pipe(answer);
    answer.setHeader("Content-Encoding", "gzip");
    createReadStream(path).pipe(createGzip()).pipe(answer);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, asked, close };
}
