import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../packages/client/src/testing/bundle-core.ts";
import { blocksOf, type Follower, startFollower } from "../testing/guide.ts";
import { requireAll } from "../testing/vectors.ts";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const isAbsent = !existsSync(executablePath);
const origin = "https://gallery.example.com";

/** The guide's own program, its packages by their sources. */
function pageScript(): string {
  const [program = ""] = blocksOf("docs/guides/web.md", "js");
  const own = program.replaceAll("@countersign/client/", "./").replaceAll('"@countersign/client"', '"./index.ts"');
  const located = own
    .replaceAll('"./interceptors"', '"./interceptors/index.ts"')
    .replaceAll('"./web"', '"./web/index.ts"');
  return `const { configuration } = globalThis;\n${located}\nexport { agent };`;
}

interface PageGlobal {
  configuration: string;
  readonly countersign: { readonly agent: import("@countersign/client").Agent };
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
    let configuration = "";
    let placeholder = "";

    beforeAll(async () => {
      you = await startFollower();
      for (const line of [
        "npx countersign project create gallery --kind development",
        `npx countersign app add gallery --project gallery --web ${origin}`,
        "npx countersign api add nasa --project gallery --host api.nasa.gov --channel system --token-header Countersign-Token",
        "npx countersign secret set nasa-api-key --project gallery --place api=nasa,in=query,name=api_key",
      ])
        expect(await you.run(line, "a value of nasa")).toMatchObject({ code: 0 });
      const shown = JSON.parse((await you.run("npx countersign project show gallery --json")).out) as {
        configuration: string;
      };
      const secrets = JSON.parse((await you.run("npx countersign secret list --json")).out) as {
        secrets: { placeholder: string }[];
      };
      configuration = shown.configuration;
      placeholder = secrets.secrets[0]?.placeholder ?? "";
      script = await bundle(pageScript());
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
    });

    async function openPage(at: string, sent: string[]) {
      const page = await (await browser.newContext()).newPage();
      await page.route(`${at}/**`, (route) =>
        route.fulfill({ contentType: "text/html", body: "<title>gallery</title>" }),
      );
      await page.route("https://api.nasa.gov/**", (route) => {
        sent.push(route.request().url());
        return route.fulfill({ body: "picture" });
      });
      await page.goto(`${at}/`);
      await page.evaluate((text) => Object.assign(globalThis, { configuration: text }), configuration);
      await page.addScriptTag({ content: script });
      return page;
    }

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

    it("of another origin is refused, with a code that support looks up", async () => {
      const page = await openPage("https://elsewhere.example.com", []);
      const said = await page.evaluate(() => (globalThis as unknown as PageGlobal).countersign.agent.precheck());
      expect(said).toMatchObject({ outcome: "refused", verdict: "refused" });
      const { out } = await you.run(`npx countersign arc show ${said.arc} --project gallery`);
      expect(out).toContain("origin_unregistered");
    });
  },
);
