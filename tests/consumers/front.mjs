// The server that a page of a project comes from: the partner's API, and for everything else the tool's own server, or a folder.

import { createReadStream, statSync } from "node:fs";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { extname, join, normalize } from "node:path";
import { relay } from "../e2e/harness/proxy.mjs";

const TYPES = { ".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8", ".wasm": "application/wasm" };

/** The policy that the widget supports. */
export const STRICT =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

/** Opens the server. What is behind it gets the `Host` that the browser sent. `rest` is a port, or a folder that is served with a policy. */
export async function openFront(partner, rest) {
  const upstreamOf = (url) => (/^\/(api|sca)\//.test(url) ? Number(new URL(partner).port) : rest.port);
  const server = createServer((incoming, outgoing) => {
    const port = upstreamOf(incoming.url);
    if (port === undefined) return serveFile(rest, incoming.url, outgoing);
    const { method, url: path, headers } = incoming;
    const passed = request({ host: "127.0.0.1", port, method, path, headers }, (answer) => relay(answer, outgoing));
    passed.on("error", () => outgoing.destroy());
    outgoing.on("close", () => passed.destroy());
    incoming.pipe(passed);
  });
  // Development servers tell the page of changes by a WebSocket.
  const sockets = new Set();
  server.on("upgrade", (incoming, socket, head) => {
    const upstream = connect(upstreamOf(incoming.url) ?? 0, "127.0.0.1", () => {
      const headers = incoming.rawHeaders.reduce((text, word, index) => text + word + (index % 2 ? "\r\n" : ": "), "");
      upstream.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${headers}\r\n`);
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
    for (const [one, other] of [[socket, upstream], [upstream, socket]]) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => (other.destroy(), sockets.delete(one)));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, close };
}

function serveFile({ folder, policy = STRICT }, url, outgoing) {
  const path = normalize(decodeURIComponent(new URL(url, "http://localhost").pathname));
  const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return outgoing.writeHead(404).end();
  outgoing.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "cache-control": "no-store", ...(policy && { "content-security-policy": policy }) });
  createReadStream(file).pipe(outgoing);
}
