import { existsSync } from "node:fs";
import { type Browser, chromium, type Page, type Request } from "playwright-core";
import { FakeService } from "./fake-service.ts";
import { apiOf, createNasaProject } from "./test-agent.ts";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

export const chromiumIsAbsent = !existsSync(executablePath);

export function launchChromium(): Promise<Browser> {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];
  return chromium.launch({ executablePath, args: [...args, "--disable-sync", "--disable-quic"] });
}

/** A page at https://app.test, whose agent reaches a service and an API over the browser's own fetch, under its CORS rules. */
export interface ChromiumWorld {
  readonly page: Page;
  readonly service: FakeService;
  readonly configuration: string;
  readonly url: string;
  /** Requests that reached the API. */
  readonly seen: Request[];
  /** The origin whose pages may read the API's answers. Default `*`. */
  allowOrigin: string;
  /** Another page of the same origin in the same browser profile. */
  openTab(): Promise<Page>;
  close(): Promise<void>;
}

/** `script` leaves its exports in the global `countersign`, `html` is the page's body. */
export async function openChromiumWorld(browser: Browser, script: string, html = ""): Promise<ChromiumWorld> {
  const project = createNasaProject();
  project.apis = [apiOf({ channel: "system", pins: [] })];
  const service = new FakeService(project, () => Date.now());
  const context = await browser.newContext();
  const seen: Request[] = [];
  const anyOrigin = { "access-control-allow-origin": "*", "access-control-allow-headers": "content-type" };
  await context.route("https://app.test/**", (route) =>
    route.fulfill({ contentType: "text/html", body: `<title>app</title><body>${html}</body>` }),
  );
  await context.route("https://countersign.test/**", async (route) => {
    const request = route.request();
    if (request.method() === "OPTIONS") return route.fulfill({ status: 204, headers: anyOrigin });
    const { body, status } = await service.send({ path: new URL(request.url()).pathname, body: request.postData() });
    return route.fulfill({ status, headers: anyOrigin, contentType: "application/json", body: Buffer.from(body) });
  });
  const openTab = async (): Promise<Page> => {
    const tab = await context.newPage();
    await tab.goto("https://app.test/");
    // React's packages ask which of their two forms is meant.
    await tab.addScriptTag({ content: 'globalThis.process = { env: { NODE_ENV: "development" } };' });
    await tab.addScriptTag({ content: script });
    return tab;
  };
  const world: ChromiumWorld = {
    page: await openTab(),
    service,
    configuration: project.configuration(),
    url: `https://api.nasa.gov/planetary/apod?api_key=${project.placeholder("nasa")}`,
    seen,
    allowOrigin: "*",
    openTab,
    close: () => context.close(),
  };
  await context.route("https://api.nasa.gov/**", (route) => {
    seen.push(route.request());
    const headers = { "access-control-allow-origin": world.allowOrigin };
    return route.fulfill({ status: 200, headers, body: "picture" });
  });
  return world;
}
