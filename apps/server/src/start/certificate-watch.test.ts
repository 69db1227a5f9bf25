import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTlsAuthority, type TlsAuthority } from "../../../../testing/tls-authority.ts";
import { type AdminLab, openAdminLab } from "../domain/admin/admin-lab.suite.ts";
import type { ApiInput } from "../domain/admin/protected-api-input.ts";
import { createLog } from "../log/create-log.ts";
import { openCertificateWatch } from "./certificate-watch.ts";

const dayMs = 86_400_000;
const vendor = createTlsAuthority({ name: "A vendor's root", nowMs: Date.now() });
const other = createTlsAuthority({ name: "Another root", nowMs: Date.now() });
const none = Buffer.alloc(32).toString("base64url");

let lab: AdminLab;
let id: string;
let server: Server;
let port: number;
let opened: number;
let received: number;
let lines: string[];
let watch: ReturnType<typeof openCertificateWatch>;

/** From now on the host answers with a new key and certificate. */
function answerWith(by: TlsAuthority, hosts: readonly string[] = ["localhost"]): void {
  server.setSecureContext(by.issue(hosts));
}

const open = (productionOnly = false): ReturnType<typeof openCertificateWatch> =>
  openCertificateWatch({
    store: lab.store,
    clock: { nowMs: lab.nowMs },
    furtherCas: [vendor.pem],
    productionOnly,
    log: createLog({ level: "info", sink: (line) => lines.push(line) }),
  });

beforeEach(async () => {
  lab = await openAdminLab();
  id = (await lab.admin.createProject(lab.actor, { name: "p", kind: "development" })).id;
  [opened, received, lines] = [0, 0, []];
  server = createServer(vendor.issue(["localhost"]), (socket) => {
    socket.on("error", () => {});
    socket.on("data", (part) => {
      received += part.length;
    });
  });
  server.on("connection", () => {
    opened += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
  watch = open();
});
afterEach(async () => {
  if (server.listening) {
    server.close();
    await once(server, "close");
  }
  await lab.close();
});

const add = (input: Partial<ApiInput> = {}, project = id, how: "create" | "replace" = "create") =>
  lab.admin.putApi(lab.actor, project, "nasa", { host: "localhost", port, channel: "system", ...input }, how);
const problems = async (project = id): Promise<string[] | undefined> =>
  (await lab.admin.showApi(project, "nasa")).chain?.findings.map(({ problem }) => problem);
const warnings = async (): Promise<readonly string[]> => (await lab.admin.showStatus(lab.actor)).warnings;

describe("the watch over certificates", () => {
  it("keeps the live chain of each API, and sends the host nothing", async () => {
    expect((await add()).chain).toBeNull();
    await watch.run();
    const [shown] = await lab.admin.listApis(id);
    expect(shown?.chain).toMatchObject({ checkedAtMs: lab.nowMs(), changedAtMs: null, findings: [] });
    expect(shown?.chain?.certificates.map(({ subject }) => subject)).toEqual(["localhost", "A vendor's root"]);
    expect([await warnings(), lines, received]).toEqual([[], [], 0]);
  });

  it("looks once a day, and at once where the API is replaced", async () => {
    await add();
    await watch.run();
    const once = opened;
    lab.advance(dayMs - 1);
    await watch.run();
    expect(opened).toBe(once);
    lab.advance(1);
    await watch.run();
    expect(opened).toBe(2 * once);
    await add({}, id, "replace");
    expect(await problems()).toBeUndefined();
    await watch.run();
    expect(opened).toBe(3 * once);
  });

  it("tells in the log and the audit of another certificate, and whether its key is the same", async () => {
    await add();
    await watch.run();
    answerWith(vendor);
    lab.advance(dayMs);
    await watch.run();
    expect((await lab.admin.showApi(id, "nasa")).chain?.changedAtMs).toBe(lab.nowMs());
    const [record] = await lab.admin.listAudit(id, 1);
    expect(record).toMatchObject({
      actor: "service",
      actorName: null,
      action: "api.certificate_changed",
      target: "nasa",
      detail: { host: "localhost", sameKey: false },
    });
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(["certificate_changed"]);
    lab.advance(dayMs);
    await watch.run();
    expect(lines).toHaveLength(1);
  });

  it("warns in the status where a declared pin, root or name does not hold any more", async () => {
    await add({ channel: "both", pins: [vendor.spkiPin, none], roots: [vendor.pem] });
    await watch.run();
    expect(await problems()).toEqual([]);
    answerWith(other, ["elsewhere.test"]);
    lab.advance(dayMs);
    await watch.run();
    expect(await problems()).toEqual(["name_wrong", "store_refused", "root_refused", "pin_absent"]);
    expect(await warnings()).toContain("The API nasa of p: no declared pin is in its chain.");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: "certificate_changed" },
      { event: "channel_at_risk", api: "nasa", problems: await problems() },
    ]);
  });

  it("warns of a certificate before it ends", async () => {
    await add();
    lab.advance(25 * dayMs);
    await watch.run();
    expect(await warnings()).toEqual([expect.stringMatching(/^The API nasa of p: the certificate localhost ends on /)]);
  });

  it("tries again in an hour where the host is away, and still shows what it saw last", async () => {
    await add();
    await watch.run();
    server.close();
    await once(server, "close");
    lab.advance(dayMs);
    await watch.run();
    expect(await problems()).toEqual(["unreachable"]);
    expect((await lab.admin.showApi(id, "nasa")).chain?.certificates).toHaveLength(2);
    lab.advance(3_600_000 - 1);
    expect(await lab.store.chains.due(lab.nowMs(), 10)).toEqual([]);
    lab.advance(1);
    expect(await lab.store.chains.due(lab.nowMs(), 10)).toEqual([{ project: id, api: "nasa" }]);
  });

  it("never connects to this machine or a private network for a production project", async () => {
    const production = (await lab.admin.createProject(lab.actor, { name: "q", kind: "production" })).id;
    for (const host of ["localhost", "127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]"]) {
      await add({ host }, production);
      await watch.run();
      expect([host, await problems(production)]).toEqual([host, ["address_refused"]]);
      await lab.admin.removeApi(lab.actor, production, "nasa");
    }
    expect(opened).toBe(0);
  });

  it("leaves development projects alone where the service is for production alone", async () => {
    await add();
    await open(true).run();
    expect([opened, await problems()]).toEqual([0, undefined]);
  });

  it("looks once where two nodes run at once, and keeps nothing once it is closed", async () => {
    await add();
    await Promise.all([watch.run(), open().run()]);
    const [once] = [opened];
    await add({}, id, "replace");
    await watch.run();
    expect(opened).toBe(2 * once);
    await add({}, id, "replace");
    watch.close();
    await watch.run();
    expect(await problems()).toBeUndefined();
  });
});
