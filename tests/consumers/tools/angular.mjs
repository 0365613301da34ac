import { inline } from "../pages.mjs";

const component = (imports) => `${imports}
import { CUSTOM_ELEMENTS_SCHEMA, Component, signal } from "@angular/core";
import "sca-widget/define";
import { begin, locale } from "./shop.js";

@Component({
  selector: "app-root",
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  template: \`
    @if (call(); as call) {
      <sca-widget [clientSecret]="call.clientSecret" base-url="/sca" [attr.locale]="locale" (sca-result)="end($event)" (sca-error)="text.set($event.detail.code)"></sca-widget>
    }
    <p id="result" role="status">{{ text() }}</p>
  \`,
})
export class App {
  call = signal<any>(undefined);
  text = signal("");
  locale = locale();

  constructor() {
    begin().then((call: any) => this.call.set(call));
  }

  async end({ detail }: any) {
    this.text.set(await this.call().finish(detail));
  }
}
`;

const workspace = {
  version: 1,
  projects: {
    shop: {
      projectType: "application",
      root: "",
      sourceRoot: "src",
      architect: {
        build: { builder: "@angular/build:application", options: { browser: "src/main.ts", index: "src/index.html", tsConfig: "tsconfig.json", outputPath: "out", budgets: [] } },
        serve: { builder: "@angular/build:dev-server", options: { buildTarget: "shop:build", host: "127.0.0.1" } },
      },
    },
  },
};

export default [
  {
    name: "Angular 22",
    version: "@angular/core",
    node: "22.23.5",
    packages: {
      "@angular/build": "22.2.7",
      "@angular/cli": "22.2.7",
      "@angular/common": "22.2.6",
      "@angular/compiler": "22.2.6",
      "@angular/compiler-cli": "22.2.6",
      "@angular/core": "22.2.6",
      "@angular/platform-browser": "22.2.6",
      rxjs: "7.8.2",
      tslib: "2.9.1",
      typescript: "6.0.3",
    },
    source: "src",
    files: {
      "angular.json": JSON.stringify(workspace),
      "tsconfig.json": JSON.stringify({ compilerOptions: { target: "ES2022", module: "preserve", moduleResolution: "bundler", lib: ["ES2022", "DOM"], strict: true, allowJs: true, skipLibCheck: true }, files: ["src/main.ts"] }),
      "src/index.html": '<!doctype html>\n<html lang="en"><head><meta charset="utf-8" /><title>A stranger\'s project</title><base href="/" /></head><body><app-root></app-root></body></html>\n',
      "src/main.ts": 'import { bootstrapApplication } from "@angular/platform-browser";\nimport { App } from "./app";\n\nbootstrapApplication(App);\n',
      "src/app.ts": component(""),
    },
    recipe: { "src/app.ts": component(inline) },
    build: [["ng", "build"]],
    output: "out/browser",
    // Angular writes styles into the page, and its templates with a policy of its own.
    policy: null,
    dev: (port) => ["ng", "serve", "--port", `${port}`],
    needs: "`sca-widget/inline`",
    anchor: "esbuild-rollup-bun-deno-and-angular",
  },
];
