import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../packages/client/src/testing/bundle-core.ts";
import { blocksOf, type Follower, startFollower } from "../testing/guide.ts";
import { createTlsAuthority } from "../testing/tls-authority.ts";
import { requireAll } from "../testing/vectors.ts";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const isAbsent = !existsSync(executablePath);
const origin = "https://gallery.example.com";
const photoKey = "photo-key-4711-of-nobody-else";

/** The guide's own program, its packages by their sources; `options` are the agent's. */
function pageScript(options = ""): string {
  const [program = ""] = blocksOf("docs/guides/web.md", "js");
  const own = program.replaceAll("@countersign/client/", "./").replaceAll('"@countersign/client"', '"./index.ts"');
  const located = own
    .replaceAll('"./interceptors"', '"./interceptors/index.ts"')
    .replaceAll('"./web"', '"./web/index.ts"');
  const ports = "createWebPorts({ configuration, app })";
  if (!located.includes(`${ports} }`)) throw new TypeError("the guide makes its agent in another way");
  const chosen = located.replace(`${ports} }`, `${ports}, options: {${options}} }`);
  return `const { configuration, developmentKey } = globalThis;\n${chosen}\nimport { valuesOf } from "./values/index.ts";\nexport const values = valuesOf(agent);\nexport { agent };`;
}

interface PageGlobal {
  configuration: string;
  developmentKey: string | undefined;
  readonly countersign: {
    readonly agent: import("@countersign/client").Agent;
    readonly values: import("@countersign/client/values").AgentValues;
  };
}

if (isAbsent && requireAll) {
  it("Chromium is present", () => {
    expect(isAbsent).toBe(false);
  });
}

describe.skipIf(isAbsent)(
  "a page, by docs/guides/web.md (needs chromium at CHROMIUM_PATH or /usr/bin/chromium)",
  () => {
    let you: Follower;
    let browser: Browser;
    let script = "";
    let withKey = "";
    let configuration = "";
    let placeholder = "";
    let keptPlaceholder = "";
    /** An API that lets no page read its answers, and what it was asked. */
    let photos: Server;
    const asked: (string | undefined)[] = [];
    const folder = mkdtempSync(join(tmpdir(), "web-"));

    beforeAll(async () => {
      const authority = createTlsAuthority({ name: "photos CA", nowMs: Date.now() });
      writeFileSync(join(folder, "ca.pem"), authority.pem);
      photos = createServer(authority.issue(["localhost"]), (request, response) => {
        asked.push(`${request.method} ${request.url}`);
        response.setHeader("access-control-allow-origin", "https://elsewhere.example.com").end("photo");
      });
      await new Promise<void>((resolve) => photos.listen(0, "127.0.0.1", resolve));
      you = await startFollower({ serve: `--upstream-ca ${join(folder, "ca.pem")}` });
      for (const line of [
        "npx countersign project create gallery --kind development",
        `npx countersign app add gallery --project gallery --web ${origin}`,
        "npx countersign api add nasa --project gallery --host api.nasa.gov --channel system --token-header Countersign-Token",
        "npx countersign secret set nasa-api-key --project gallery --place api=nasa,in=query,name=api_key",
        `npx countersign api add photos --host localhost --port ${(photos.address() as AddressInfo).port} --channel system`,
        "npx countersign secret set photo-key --mode brokered --place api=photos,in=query,name=key,methods=GET+DELETE",
      ])
        expect(await you.run(line, line.includes(" photo-key ") ? photoKey : "a value of nasa")).toMatchObject({
          code: 0,
        });
      const shown = JSON.parse((await you.run("npx countersign project show gallery --json")).out) as {
        configuration: string;
      };
      const secrets = JSON.parse((await you.run("npx countersign secret list --json")).out) as {
        secrets: { placeholder: string }[];
      };
      configuration = shown.configuration;
      [placeholder = "", keptPlaceholder = ""] = secrets.secrets.map((secret) => secret.placeholder);
      script = await bundle(pageScript());
      withKey = await bundle(pageScript("developmentKey"));
      const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];
      const features = "--disable-features=LocalNetworkAccessChecks,PrivateNetworkAccessChecks";
      browser = await chromium.launch({
        executablePath,
        args: [...args, "--disable-sync", "--disable-quic", features],
      });
    });
    afterAll(async () => {
      await browser.close();
      you.stop();
      photos.closeAllConnections();
      photos.close();
      rmSync(folder, { recursive: true, force: true });
    });

    async function openPage(at: string, sent: string[], developmentKey?: string) {
      const page = await (await browser.newContext()).newPage();
      await page.route(`${at}/**`, (route) =>
        route.fulfill({ contentType: "text/html", body: "<title>gallery</title>" }),
      );
      await page.route("https://api.nasa.gov/**", (route) => {
        sent.push(route.request().url());
        const headers = { "access-control-allow-origin": "*", "access-control-allow-headers": "countersign-token" };
        return route.fulfill({ headers, body: "picture" });
      });
      await page.goto(`${at}/`);
      await page.evaluate((given) => Object.assign(globalThis, given), { configuration, developmentKey });
      await load(page, developmentKey);
      return page;
    }
    const load = async (page: Page, developmentKey?: string) =>
      page.addScriptTag({ content: developmentKey === undefined ? script : withKey });

    it("of a registered origin is restricted: an instance and a code, and neither secret nor token", async () => {
      const sent: string[] = [];
      const page = await openPage(origin, sent);
      const said = await page.evaluate(async (text) => {
        const { agent } = (globalThis as unknown as PageGlobal).countersign;
        const codeOf = (error: { cause?: { code: string }; code?: string }) => error.cause?.code ?? error.code;
        const { verdict } = await agent.precheck();
        const filled = await fetch(`https://api.nasa.gov/apod?api_key=${text}`).then(() => "sent", codeOf);
        const token = await agent.getToken("nasa").then(() => "token", codeOf);
        const { instance, arc, phase } = agent.state();
        return { verdict, filled, token, instance, arc, phase };
      }, placeholder);
      expect(said).toMatchObject({
        verdict: "restricted",
        filled: "secret_unavailable",
        token: "token_unavailable",
        phase: "session",
      });
      expect(sent).toEqual([]);
      const { out } = await you.run(`npx countersign arc show ${said.arc} --project gallery`);
      expect(out).toContain("web_untrusted");
    });

    it("of a registered origin has a secret used for it by the broker from the moment it is left to the verdict, and never has it", async () => {
      const page = await openPage(origin, []);
      const seen: string[] = [];
      page.on("request", (request) => seen.push(`${request.url()} ${request.postData() ?? ""}`));
      page.on(
        "response",
        (response) =>
          void response.text().then(
            (text) => seen.push(text),
            () => {},
          ),
      );
      const url = `https://localhost:${(photos.address() as AddressInfo).port}/list?key=${keptPlaceholder}`;
      const before = await page.evaluate(async (target) => {
        const { agent } = (globalThis as unknown as PageGlobal).countersign;
        const codeOf = (error: { cause?: { code: string } }) => error.cause?.code;
        const filled = await fetch(target).then(() => "sent", codeOf);
        await new Promise<void>((resolve) => {
          const look = (): void => void (agent.state().watching && resolve());
          agent.on("changed", look);
          look();
        });
        const changed = new Promise<void>((resolve) => {
          agent.on("session", ({ secrets }) => void (secrets.length > 0 && resolve()));
        });
        Object.assign(globalThis, { changed });
        return filled;
      }, url);
      expect([before, asked]).toEqual(["secret_unavailable", []]);
      expect(await you.run("npx countersign secret set-mode photo-key by-verdict")).toMatchObject({ code: 0 });
      await page.evaluate(() => (globalThis as unknown as { changed: Promise<void> }).changed);
      const said = await page.evaluate(async (target) => {
        const { agent } = (globalThis as unknown as PageGlobal).countersign;
        const headers = { "x-own": "1", authorization: "Basic b3du" };
        const answers = [await fetch(target), await fetch(target, { method: "DELETE", headers })];
        const texts = await Promise.all(answers.map((answer) => answer.text()));
        const { verdict, session } = agent.state();
        return { texts, verdict, secrets: session?.secrets, entries: JSON.stringify(performance.getEntries()) };
      }, url);
      expect(said).toMatchObject({
        texts: ["photo", "photo"],
        verdict: "restricted",
        secrets: [{ name: "photo-key", mode: "brokered" }],
      });
      expect(asked).toEqual([`GET /list?key=${photoKey}`, `DELETE /list?key=${photoKey}`]);
      expect(seen.filter((text) => text.includes("/b/"))).not.toEqual([]);
      expect([...seen, said.entries].filter((text) => text.includes(photoKey))).toEqual([]);
    });

    it("of another origin is refused, with a code that support looks up", async () => {
      const page = await openPage("https://elsewhere.example.com", []);
      const said = await page.evaluate(() => (globalThis as unknown as PageGlobal).countersign.agent.precheck());
      expect(said).toMatchObject({ outcome: "refused", verdict: "refused" });
      const { out } = await you.run(`npx countersign arc show ${said.arc} --project gallery`);
      expect(out).toContain("origin_unregistered");
    });

    it("with a development key is trusted: what it asks for is filled in, until the key is revoked; nothing shows the key", async () => {
      const { out, code } = await you.run(
        "npx countersign devkey create browser --project gallery --expires-in 1h --quota 1",
      );
      expect(code).toBe(0);
      const key = out.trim();
      const sent: string[] = [];
      const bodies: string[] = [];
      const page = await openPage("https://elsewhere.example.com", sent, key);
      page.on("request", (request) => bodies.push(`${request.url()} ${request.postData() ?? ""}`));
      page.on("console", (message) => bodies.push(message.text()));
      const use = () =>
        page.evaluate(async (text) => {
          const { agent, values } = (globalThis as unknown as PageGlobal).countersign;
          const { verdict } = await agent.refresh();
          const answer = await fetch(`https://api.nasa.gov/apod?api_key=${text}`).then(
            (response) => response.text(),
            (error: { cause?: { code: string } }) => error.cause?.code,
          );
          await values.set("note", "kept").catch(() => {});
          const note = await values.get("note").catch((error: { code: string }) => error.code);
          const stored: unknown[] = [];
          for (const { name } of await indexedDB.databases()) {
            const open = indexedDB.open(name ?? "");
            await new Promise((resolve) => (open.onsuccess = resolve));
            const all = open.result.transaction("values").objectStore("values").getAll();
            await new Promise((resolve) => (all.onsuccess = resolve));
            stored.push(...all.result);
            open.result.close();
          }
          const shown = JSON.stringify([agent, agent.state(), stored]);
          return { verdict, answer, note, shown, instance: agent.state().instance };
        }, placeholder);
      const first = await use();
      expect(first).toMatchObject({ verdict: "trusted", answer: "picture", note: "kept" });
      expect(sent).toEqual([expect.stringContaining("api_key=a%20value%20of%20nasa")]);
      await page.reload();
      await page.evaluate((given) => Object.assign(globalThis, given), { configuration, developmentKey: key });
      await load(page, key);
      const again = await use();
      expect(again).toMatchObject({ verdict: "trusted", note: "kept", instance: first.instance });
      expect((await you.run("npx countersign devkey revoke browser --project gallery")).code).toBe(0);
      expect(await use()).toMatchObject({ verdict: "refused", answer: "refused", note: "refused" });
      const seen = [first.shown, again.shown, ...bodies].join("\n");
      expect(bodies.length).toBeGreaterThan(3);
      expect(seen).not.toContain(key.slice(4));
    });
  },
);
