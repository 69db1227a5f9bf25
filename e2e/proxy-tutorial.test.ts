import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from "node:net";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, type Follower, startFollower, stepsOf } from "../testing/guide.ts";
import { requireAll } from "../testing/vectors.ts";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const chromiumIsAbsent = !existsSync(executablePath);

const steps = stepsOf("docs/guides/proxy-tutorial.md");

interface Done extends Ended {
  readonly line: string;
  /** What the two hosts said meanwhile. */
  readonly hosts: readonly string[];
}

/** Everything that passes between the app and the service, both ways. */
interface Wire {
  readonly port: number;
  readonly seen: readonly Buffer[];
  leadTo(port: number): void;
  close(): void;
}

async function openWire(): Promise<Wire> {
  const seen: Buffer[] = [];
  let to = 0;
  const server: Server = createTcpServer((app) => {
    const service = connect(to, "127.0.0.1");
    for (const [from, other] of [
      [app, service],
      [service, app],
    ] as const) {
      from.on("data", (part: Buffer) => void seen.push(part));
      from.on("error", () => other.destroy());
      from.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    leadTo(port) {
      to = port;
    },
    close: () => void server.close(),
  };
}

let you: Follower;
let wire: Wire;
let hosts: () => readonly string[] = () => [];
const done: Done[] = [];
beforeAll(async () => {
  wire = await openWire();
  you = await startFollower({ serve: `--public-origin 127.0.0.1:${wire.port}` });
  wire.leadTo(Number(new URL(you.origin).port));
});
afterAll(() => {
  you.stop();
  wire.close();
});

const fileOf = (path: string): string => readFileSync(join(you.folder, path), "utf8");

async function follow(): Promise<void> {
  /** What a reader puts in place of what stands in the page. */
  const own = new Map<string, string>();
  const put = (text: string): string => [...own].reduce((made, [there, here]) => made.replaceAll(there, here), text);
  for (const step of steps) {
    if (step.kind === "program") {
      expect(step.path).toMatch(/^astropiks\/app\/[a-z]+\.mjs$/);
      writeFileSync(join(you.folder, step.path), put(step.text));
      continue;
    }
    const { line } = step;
    if (line.includes("tutorial/stand-in.ts")) {
      expect(line).toContain("--port 8443 --pictures 8444");
      hosts = await you.begin(line.replace("8443", "0").replace("8444", "0"));
      const [api = "", pictures = ""] = hosts();
      own.set("8443", new URL(api).port).set("8444", new URL(pictures).port);
      own.set("YOUR_NASA_KEY", fileOf("astropiks/nasa-keys.txt").split("\n")[0] ?? "");
      continue;
    }
    if (line === "npx countersign serve" || line.startsWith("npx countersign login --url http://127.0.0.1:8400 "))
      continue;
    const before = hosts().length;
    const ended = await you.run(put(line));
    done.push({ line, ...ended, hosts: hosts().slice(before) });
    const printed = (pattern: RegExp): string => pattern.exec(ended.out)?.[0] ?? `nothing like ${String(pattern)}`;
    if (line.includes(" project create ")) own.set("csd1~…", printed(/\bcsd1~\S+/));
    if (line.includes(" secret set ")) own.set("cs-nasa-api-key-…", printed(/\bcs-nasa-api-key-[a-z2-7]{10}\b/));
  }
}

const all = (pattern: RegExp): readonly Done[] => done.filter(({ line }) => pattern.test(line));

interface Answered {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: Buffer;
}

/** Asks as a loader of pictures does: without a header of its own. */
function load(link: string, method = "GET"): Promise<Answered> {
  const { hostname, port, pathname, search } = new URL(link);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path: pathname + search, method, agent: false }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, type: answer.headers["content-type"], body: Buffer.concat(parts) }),
      );
    });
    asked.on("error", reject);
    asked.end();
  });
}

const codeOf = async (link: string, method?: string): Promise<string> =>
  (JSON.parse((await load(link, method)).body.toString()) as { code: string }).code;

/** The app of the page once more: what stood in the answer, and the code of its session. */
async function linkOfApp(): Promise<{ readonly link: string; readonly arc: string }> {
  const more = "console.log(url, agent.state().arc);\nconst picture =";
  const program = fileOf("astropiks/app/main.mjs").replace("const picture =", more);
  writeFileSync(join(you.folder, "astropiks/app/again.mjs"), program);
  const line = (all(/app\/main\.mjs$/).at(-1)?.line ?? "").replace("main.mjs", "again.mjs");
  const [link = "", arc = ""] = (await you.run(line)).out.split("\n")[0]?.split(" ") ?? [];
  return { link, arc };
}

describe("the proxy tutorial of AstroPiks", () => {
  it("leads from a key in the app to one host for everything, and each step prints what the page says", async () => {
    await follow();
    const keys = fileOf("astropiks/nasa-keys.txt").trim().split("\n");
    const [direct, brokered, linked] = all(/app\/main\.mjs$/);
    const [, picturesAt = ""] = hosts();
    const from = (host: string) => ({
      code: 0,
      err: "",
      out: expect.stringMatching(new RegExp(`^\\w.*: 200 image/png, from ${host}\n$`)),
    });
    expect(direct).toMatchObject({
      ...from(new URL(picturesAt).host),
      hosts: ["GET with key 1: 200", "GET of a picture: 200"],
    });
    expect(brokered).toMatchObject({
      ...from(new URL(picturesAt).host),
      hosts: ["GET with key 2: 200", "GET of a picture: 200"],
    });
    expect(linked).toMatchObject({
      ...from(`127.0.0.1:${wire.port}`),
      hosts: ["GET with key 2: 200", "GET of a picture: 200"],
    });
    expect(linked?.line).not.toContain("NODE_EXTRA_CA_CERTS");
    const title = (one: Done | undefined): string | undefined => one?.out.split(": ")[0];
    expect([title(brokered), title(linked)]).toEqual([title(direct), title(direct)]);
    expect(all(/ scan /)).toMatchObject([{ code: 0, out: expect.stringMatching(/^0 secret, 0 suspicious/) }]);
    for (const { line, code, err } of done) expect([line, code, err]).toEqual([line, 0, ""]);
    const key = keys[1] ?? "none";
    for (const { line, out } of done) expect([line, out.includes(key)]).toEqual([line, false]);
  });

  it("shows no key on the wire between app and service, in any form", () => {
    const [, key = "none"] = fileOf("astropiks/nasa-keys.txt").split("\n");
    const seen = Buffer.concat(wire.seen).toString("latin1");
    expect(seen).toContain("/planetary/apod");
    expect(seen).toContain("image/png");
    for (const form of [key, Buffer.from(key).toString("base64").slice(0, -4), Buffer.from(key).toString("hex")])
      expect(seen).not.toContain(form);
  });

  it("has links that a plain GET opens, as they stand, and nothing else opens", async () => {
    const { link } = await linkOfApp();
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/l\/[\w-]{22}\/apod\/[\w-]{94}\/apod\/image\/2026-01-02\.png$/);
    const { status, type, body } = await load(link);
    expect([status, type, body.subarray(1, 4).toString()]).toEqual([200, "image/png", "PNG"]);
    expect((await load(link, "HEAD")).status).toBe(200);
    expect(await codeOf(link.replace("2026-01-02", "2026-01-03"))).toBe("link_invalid");
    expect(await codeOf(`${link}?hd=1`)).toBe("link_invalid");
    expect(await codeOf(link.replace("/apod/image/", "/apod/"))).toBe("link_invalid");
    expect(await codeOf(link.replace(/(?<=\/apod\/).(?=[\w-]{93}\/)/, "_"))).toBe("link_invalid");
    expect(await codeOf(link.replace("/apod/", "/nasa/"))).toBe("link_invalid");
    expect(await codeOf(link, "POST")).toBe("method_not_allowed");
  });

  it.skipIf(chromiumIsAbsent && !requireAll)(
    "has links that a page of another origin shows as pictures (needs chromium at CHROMIUM_PATH or /usr/bin/chromium)",
    async () => {
      const { link } = await linkOfApp();
      const gallery = createServer((_request, response) => {
        response.setHeader("cross-origin-embedder-policy", "require-corp");
        response.setHeader("content-type", "text/html").end(`<img id="photo" src="${link}">`);
      });
      await new Promise<void>((resolve) => gallery.listen(0, "127.0.0.1", resolve));
      const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
      try {
        const shown = await browser.newPage();
        await shown.goto(`http://localhost:${(gallery.address() as AddressInfo).port}/`);
        const photo = shown.locator("#photo");
        const size = await photo.evaluate(async (element) => {
          const image = element as unknown as { decode(): Promise<void>; readonly naturalWidth: number };
          await image.decode();
          return image.naturalWidth;
        });
        expect(size).toBe(96);
        const opened = await shown.goto(link);
        expect(opened?.headers()["content-security-policy"]).toBe("sandbox; default-src 'none'");
      } finally {
        await browser.close();
        gallery.close();
      }
    },
  );

  it("has links of a broker that stands alone at that broker's own origin, which it opens by itself", async () => {
    const probe = await openWire();
    const { port } = probe;
    probe.close();
    const at = `http://127.0.0.1:${port}`;
    const file = join(you.folder, "edge.credential");
    const added = await you.run(`npx countersign broker add edge --project astropiks --origin ${at}`);
    writeFileSync(file, added.out.trim(), { mode: 0o600 });
    await you.begin(`npx countersign broker run --credential-file ${file} --port ${port} --json`);
    expect(await you.run("npx countersign broker use edge --project astropiks")).toMatchObject({ code: 0 });
    const { link } = await linkOfApp();
    expect(link.startsWith(`${at}/l/`)).toBe(true);
    expect(await load(link)).toMatchObject({ status: 200, type: "image/png" });
    expect(await codeOf(link.replace("2026-01-02", "2026-01-03"))).toBe("link_invalid");
    expect(await codeOf(link, "POST")).toBe("method_not_allowed");
    expect((await load(link.replace(at, you.origin))).status).toBe(200);
    const off = await you.run("npx countersign broker use none --project astropiks");
    expect([off.code, off.err]).toEqual([0, ""]);
  });

  it("ends links with their instance's ban, and with the operator's word", async () => {
    const { link, arc } = await linkOfApp();
    const off = "npx countersign api set nasa --links none --project astropiks";
    expect(await you.run(off)).toMatchObject({ code: 0 });
    expect(await codeOf(link)).toBe("link_invalid");
    const on = "npx countersign api set nasa --links apod/apod/image --link-seconds 60 --project astropiks";
    expect(await you.run(on)).toMatchObject({ code: 0 });
    expect((await load(link)).status).toBe(200);
    const shown = await you.run(`npx countersign arc show ${arc} --json --project astropiks`);
    const { instance } = JSON.parse(shown.out) as { instance: string };
    const ban = `npx countersign instance ban ${instance} --reason test --project astropiks`;
    expect(await you.run(ban)).toMatchObject({ code: 0 });
    expect(await codeOf(link)).toBe("pass_withdrawn");
  });
});
