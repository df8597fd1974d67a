/** Folders on this machine, served to pages of any origin. */
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json" };

/** Serve folders by name; `asked` lists what was asked for, without the name. */
export async function serve(folders) {
  const asked = [];
  const server = createServer((request, answer) => {
    const [, name, ...rest] = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname)).split("/");
    const path = join(folders[name] ?? "/nowhere", ...rest);
    asked.push(rest.join("/"));
    answer.setHeader("Access-Control-Allow-Origin", "*");
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return answer.writeHead(404).end();
    answer.setHeader("Content-Type", TYPES[extname(path)] ?? "application/octet-stream");
    createReadStream(path).pipe(answer);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, asked, close };
}
