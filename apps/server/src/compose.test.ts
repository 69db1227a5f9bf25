import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { statusListRevoking } from "@countersign/virtual-device";
import { afterEach, describe, expect, it } from "vitest";
import { composeService, type Service } from "./compose.ts";
import type { ServiceOptions } from "./config.ts";
import { StartError } from "./data-folder/start-error.ts";
import { openDeviceLab } from "./http/device/device-lab.suite.ts";
import { createBootstrapToken } from "./start/create-bootstrap-token.ts";

const folders: string[] = [];
const services: Service[] = [];
afterEach(async () => {
  for (const service of services.splice(0)) await service.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "countersign-compose-"));
  folders.push(folder);
  return folder;
}

async function start(
  data: string,
  options: Partial<ServiceOptions> = {},
): Promise<Service & { readonly lines: readonly string[] }> {
  const lines: string[] = [];
  const service = await composeService({
    data,
    host: "127.0.0.1",
    port: 0,
    logSink: (line) => lines.push(line),
    ...options,
  });
  services.push(service);
  return { ...service, lines };
}

async function startErrorOf(data: string, options: Partial<ServiceOptions>): Promise<StartError> {
  const error = await start(data, options).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof StartError)) throw new TypeError(`not a StartError: ${String(error)}`);
  return error;
}

describe("the first start", () => {
  it("writes the bootstrap token to a 0600 file, logs the path alone and stores the hash alone", async () => {
    const folder = newFolder();
    const { bootstrapToken, lines } = await start(folder);
    const file = join(folder, "bootstrap-token");
    expect(readFileSync(file, "utf8").trim()).toBe(bootstrapToken);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(lines.some((line) => line.includes(file))).toBe(true);
    expect(lines.some((line) => line.includes(bootstrapToken ?? "-"))).toBe(false);
    const others = readdirSync(folder).filter(
      (name) => name !== "bootstrap-token" && statSync(join(folder, name)).isFile(),
    );
    for (const name of others) expect(readFileSync(join(folder, name)).includes(bootstrapToken ?? "-")).toBe(false);
  });

  it("tells the token to whoever reads along, and writes no file then", async () => {
    const folder = newFolder();
    const told: string[] = [];
    const { bootstrapToken } = await start(folder, { announce: (line) => told.push(line) });
    expect(told.join()).toContain(bootstrapToken);
    expect(existsSync(join(folder, "bootstrap-token"))).toBe(false);
  });

  it("happens once: the next start offers no token, and the owner of the folder may make another", async () => {
    const folder = newFolder();
    const first = await start(folder);
    await first.close();
    const second = await start(folder);
    expect([first.bootstrapToken === null, second.bootstrapToken]).toEqual([false, null]);
    await second.close();
    const { token } = await createBootstrapToken({ data: folder });
    const third = await start(folder);
    const redeem = (value: string | null) =>
      fetch(`${third.origin}/admin/v1/bootstrap`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token: value, name: "owner" }),
      });
    expect((await redeem(first.bootstrapToken)).status).not.toBe(201);
    expect((await redeem(token)).status).toBe(201);
    expect((await redeem(token)).status).not.toBe(201);
  });
});

describe("a start that cannot be", () => {
  it("says port_taken in one line, and leaves the folder free", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => blocker.once("listening", resolve));
    const address = blocker.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const folder = newFolder();
    const error = await startErrorOf(folder, { port });
    expect([error.code, error.message.includes("\n"), error.message.includes(String(port))]).toEqual([
      "port_taken",
      false,
      true,
    ]);
    blocker.close();
    await start(folder, { port: 0 });
  });

  it.each([
    ["data_folder_locked", async (folder: string) => void (await start(folder)), {}],
    ["address_unavailable", async () => {}, { host: "192.0.2.1" }],
    ["revocation_list_unreadable", async () => {}, { revocationListFile: "/nowhere" }],
    ["upstream_ca_unreadable", async () => {}, { upstreamCa: "/nowhere" }],
    ["tls_unreadable", async () => {}, { tls: { cert: "no", key: "no" } }],
    ["option_invalid", async () => {}, { publicOrigin: "https://host/path" }],
    ["option_invalid", async () => {}, { port: 70_000 }],
  ] as const)("says %s", async (code, before, options) => {
    const folder = newFolder();
    await before(folder);
    const error = await startErrorOf(folder, options);
    expect([error.code, error.action.length > 0, /\n/.test(error.message + error.action)]).toEqual([code, true, false]);
  });

  it("says key_file_missing and key_file_foreign rather than make a key that opens nothing", async () => {
    const folder = newFolder();
    await (await start(folder)).close();
    const keyFile = readdirSync(folder).find((name) => name.startsWith("key-encryption"));
    const other = newFolder();
    await (await start(other)).close();
    if (keyFile === undefined) throw new TypeError("no key file");
    const foreign = readFileSync(join(other, keyFile));
    rmSync(join(folder, keyFile));
    expect((await startErrorOf(folder, {})).code).toBe("key_file_missing");
    writeFileSync(join(folder, keyFile), foreign, { mode: 0o600 });
    expect((await startErrorOf(folder, {})).code).toBe("key_file_foreign");
  });
});

describe("a running service", () => {
  it("is healthy and ready, and describes itself in OpenAPI 3.1", async () => {
    const { origin } = await start(newFolder());
    const get = async (path: string) => fetch(origin + path);
    expect([(await get("/healthz")).status, (await get("/readyz")).status]).toEqual([200, 200]);
    const document = (await (await get("/openapi.json")).json()) as { openapi: string; paths: Record<string, unknown> };
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        "/v1/challenges",
        "/v1/instances",
        "/v1/sessions",
        "/v1/manifest/{project}/{app}",
        "/v1/watch",
        "/.well-known/jwks.json",
        "/admin/v1/projects",
      ]),
    );
    const text = JSON.stringify(document);
    const { schemas } = (document as unknown as { components: { schemas: Record<string, unknown> } }).components;
    const referred = [...text.matchAll(/"#\/components\/schemas\/([A-Za-z0-9_]+)"/g)].map(([, name = ""]) => name);
    expect(referred.filter((name) => !Object.hasOwn(schemas, name))).toEqual([]);
    expect(Object.keys(schemas)).toEqual(
      expect.arrayContaining(["Statement", "AnswerBody", "SealedSession", "Manifest"]),
    );
  });

  it("started for production alone does not know its development projects", async () => {
    const folder = newFolder();
    const first = await start(folder);
    const actor = { id: "a", name: "a" };
    const project = await first.domain.admin.createProject(actor, { name: "dev", kind: "development" });
    await first.close();
    const second = await start(folder, { productionOnly: true });
    expect(await second.domain.device.contexts.get(project.id)).toBeNull();
    const third = await second.domain.admin.createProject(actor, { name: "prod", kind: "production" });
    expect(await second.domain.device.contexts.get(third.id)).not.toBeNull();
  });

  it("bans the instances whose evidence rests on a certificate that the status list comes to name", async () => {
    const list = join(newFolder(), "list.json");
    writeFileSync(list, statusListRevoking([]));
    const lab = await openDeviceLab({ revocationListFile: list });
    try {
      const instance = lab.instanceOf(lab.pixel());
      const { arc } = await instance.enrol();
      const { store } = lab.service().domain.device;
      const row = await store.instances.get(lab.project, (await lab.trace(arc)).instance);
      writeFileSync(list, statusListRevoking([row?.serials[1] ?? ""]));
      await lab.restart();
      const challenge = await lab.exchange.challenge(lab.project);
      const refused = await instance.session({ challenge });
      expect((await lab.trace(refused.arc)).reasons).toEqual(["banned"]);
    } finally {
      await lab.close();
    }
  });
});
