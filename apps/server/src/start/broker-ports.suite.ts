import type { Bearer, BrokerPorts } from "@countersign/broker";
import type { SealedSession } from "@countersign/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMemoryLedger } from "../ephemeral/memory-ledger.ts";
import { type DeviceLab, openDeviceLab } from "../http/device/device-lab.suite.ts";
import { brokerPorts } from "./broker-ports.ts";

const actor = { id: "lab", name: "lab" };

/** The ports of one host over a service, and what has it know what the service knows by now. */
export interface HostedPorts {
  readonly ports: BrokerPorts;
  refresh(): Promise<void>;
}

/** The ports of the service itself. */
export function portsOfService(lab: DeviceLab): HostedPorts {
  const { device } = lab.service().domain;
  const ledger = createMemoryLedger({ nowMs: lab.nowMs });
  return {
    ports: brokerPorts({
      ...device,
      ledger,
      spotter: { look: () => {} },
      origins: () => [],
      upstreamCas: [],
      log: () => {},
    }),
    refresh: async () => void (await device.contexts.get(lab.project)),
  };
}

/** What every host of a broker guarantees of what it says of a project. */
export function describeBrokerPorts(name: string, open: (lab: DeviceLab) => HostedPorts): void {
  describe(`the broker's ports, ${name}`, () => {
    let lab: DeviceLab;
    let hosted: HostedPorts;
    let session: SealedSession;
    const admin = () => lab.service().domain.admin;
    const trusted: Bearer = { instance: "one", subject: "one", app: "astropiks", verdict: "trusted" };
    const restricted: Bearer = { ...trusted, verdict: "restricted" };
    const setMode = async (mode: "delivered" | "brokered" | "by-verdict", value?: string): Promise<void> => {
      await admin().changeSecretMode(actor, lab.project, "nasa-key", { mode, ...(value !== undefined && { value }) });
      await hosted.refresh();
    };
    const named = (): unknown => {
      const opened = hosted.ports.openPass(lab.project, session.pass);
      return opened.ok ? opened.pass.secrets : opened.code;
    };
    const revealed = async (bearer: Bearer, project = lab.project): Promise<string | null> => {
      const secret = await hosted.ports.revealSecret(project, "nasa-key", bearer);
      return secret === null ? null : Buffer.from(secret.reveal()).toString();
    };

    beforeAll(async () => {
      lab = await openDeviceLab();
      hosted = open(lab);
      const instance = lab.instanceOf(lab.pixel());
      await instance.enrol();
      await admin().changeSecretMode(actor, lab.project, "nasa-key", { mode: "brokered", value: "first" });
      const asks = { tokens: [], secrets: ["nasa-key"], clientAttestations: [] };
      const prepared = await instance.prepareSession({ asks });
      const answered = await lab.sessionIn(prepared, (await lab.send("POST", prepared.path, prepared.body)).body);
      if (answered === null) throw new TypeError("no session");
      session = answered;
      await hosted.refresh();
    });
    afterAll(() => lab.close());

    it("open the passes of the project with the key of their bearer, and nothing else", () => {
      const opened = hosted.ports.openPass(lab.project, session.pass);
      expect(opened).toMatchObject({ ok: true, decoy: false, pass: { app: "astropiks", session: session.session } });
      expect(opened.ok && Buffer.from(opened.proofKey).toString("base64url")).toBe(session.proofKey);
      for (const [project, text] of [
        [lab.project, `${session.pass.slice(0, -2)}AA`],
        [lab.project, ""],
        ["AAAAAAAAAAAAAAAAAAAAAA", session.pass],
      ] as const) {
        expect(hosted.ports.openPass(project, text)).toEqual({ ok: false, code: "pass_invalid" });
      }
    });

    it("know the project with its whole manifest, and no other", async () => {
      const project = await hosted.ports.project(lab.project);
      expect(project?.manifest.secrets.map((secret) => secret.name)).toContain("nasa-key");
      expect(await hosted.ports.project("AAAAAAAAAAAAAAAAAAAAAA")).toBeNull();
      expect([hosted.ports.allowPrivate(lab.project), hosted.ports.allowPrivate("x")]).toEqual([true, false]);
      expect(await revealed(trusted, "AAAAAAAAAAAAAAAAAAAAAA")).toBeNull();
    });

    it("reveal what is brokered for the bearer at this moment, in its present version, and nothing else", async () => {
      const version = async (bearer: Bearer) => await hosted.ports.versionOf(lab.project, "nasa-key", bearer);
      expect([named(), await revealed(trusted), await revealed(restricted)]).toEqual([["nasa-key"], "first", null]);
      const before = (await version(trusted)) ?? 0;
      await admin().rotateSecret(actor, lab.project, "nasa-key", { value: "second" });
      await hosted.refresh();
      expect([await revealed(trusted), await version(trusted)]).toEqual(["second", before + 1]);
      expect(await revealed({ ...trusted, app: "another" })).toBe("second");
      await setMode("by-verdict");
      expect([named(), await revealed(trusted), await version(trusted)]).toEqual([[], null, null]);
      expect([await revealed(restricted), await version(restricted)]).toEqual(["second", before + 2]);
      await setMode("delivered");
      expect([named(), await revealed(trusted), await revealed(restricted)]).toEqual([[], null, null]);
      await setMode("brokered", "third");
      expect([named(), await revealed(trusted)]).toEqual([["nasa-key"], "third"]);
      const { places } = (await admin().listSecrets(lab.project))[0] ?? { places: [] };
      await admin().putApp(actor, lab.project, "second", { web: { origins: ["https://b.example"] } }, "create");
      const input = { value: "fourth", mode: "brokered", places, apps: ["second"] } as const;
      await admin().setSecret(actor, lab.project, "nasa-key", input);
      await hosted.refresh();
      expect([named(), await revealed(trusted)]).toEqual([[], null]);
      await admin().setSecret(actor, lab.project, "nasa-key", { ...input, apps: null });
      await hosted.refresh();
      expect(named()).toEqual(["nasa-key"]);
    });

    it("hand out values that outlive the next change, each a copy", async () => {
      const [one, two] = [
        await hosted.ports.revealSecret(lab.project, "nasa-key", trusted),
        await hosted.ports.revealSecret(lab.project, "nasa-key", trusted),
      ];
      one?.reveal().fill(0);
      await admin().rotateSecret(actor, lab.project, "nasa-key", { value: "fifth" });
      await hosted.refresh();
      expect([one, two].map((value) => Buffer.from(value?.reveal() ?? []).toString())).toEqual(["fourth", "fourth"]);
    });

    it("say the terms of a secret, and none of one that is not there", async () => {
      const terms = {
        processor: { kind: "aws-sigv4", region: "eu-1", service: "s3" },
        budgets: [{ of: "instance", limit: 3, perCall: 1, windowSeconds: 60 }],
      } as const;
      await admin().setTerms(actor, lab.project, "nasa-key", { terms: { processor: null, budgets: terms.budgets } });
      await hosted.refresh();
      const own = await hosted.ports.termsOf(lab.project, "nasa-key");
      expect(own).toEqual({ processor: null, budgets: terms.budgets });
      expect(await hosted.ports.termsOf(lab.project, "nothing")).toEqual({ processor: null, budgets: [] });
    });

    it("count who is banned, by instance and subject, from then on and until it is lifted", async () => {
      const opened = hosted.ports.openPass(lab.project, session.pass);
      if (!opened.ok) throw new TypeError(opened.code);
      const { instance, subject } = opened.pass;
      const banned = () => hosted.ports.isBanned(lab.project, instance, subject);
      expect(banned()).toBe(false);
      for (const by of ["instance", "subject"] as const) {
        await admin().banInstance(actor, lab.project, instance, { reason: "test", by });
        await hosted.refresh();
        expect([by, banned()]).toEqual([by, true]);
        await admin().unbanInstance(actor, lab.project, instance, by);
        await hosted.refresh();
        expect([by, banned()]).toEqual([by, false]);
      }
    });

    it("have decoys where the project has, with the canary that the service would give", async () => {
      expect(hosted.ports.decoys(lab.project)).toBeNull();
      const { id: _id, createdAtMs: _at, ...api } = await admin().showApi(lab.project, "nasa");
      await admin().putApi(actor, lab.project, "nasa", { ...api, token: null, decoyAnswer: undefined }, "replace");
      await admin().changeSettings(actor, lab.project, { decoy: true });
      await hosted.refresh();
      const decoys = hosted.ports.decoys(lab.project);
      const service = portsOfService(lab);
      await service.refresh();
      const canary = decoys?.canaryOf("nasa-key", trusted);
      expect(canary).toMatch(/^[A-Za-z0-9]{40}$/);
      expect(canary).toBe(service.ports.decoys(lab.project)?.canaryOf("nasa-key", trusted));
      expect(decoys?.canaryOf("nothing", trusted)).toBeNull();
      expect(decoys?.answerOf("nasa").status).toBe(429);
      await admin().changeSettings(actor, lab.project, { decoy: false });
      await hosted.refresh();
      expect(hosted.ports.decoys(lab.project)).toBeNull();
    });

    it("seal links that every host of the project opens, to their target and no other", async () => {
      const { ports } = hosted;
      const link = { instance: "AAAAAAAAAAAAAAAAAAAAAA", subject: "AAAAAAAAAAAAAAAAAAAAAA", exp: 5, decoy: false };
      const target = { api: "nasa", target: "/a?b" };
      const [sealed = ""] = await ports.sealLinks(lab.project, link, [target]);
      const service = portsOfService(lab).ports;
      for (const each of [ports, service]) expect(await each.openLink(lab.project, target, sealed)).toEqual(link);
      expect(await ports.openLink(lab.project, { ...target, target: "/a?c" }, sealed)).toBeNull();
      expect(await ports.openLink("AAAAAAAAAAAAAAAAAAAAAA", target, sealed)).toBeNull();
      const [own] = await service.sealLinks(lab.project, link, [target]);
      expect(own).toBe(sealed);
      expect([...(await ports.linkTerms(lab.project))]).toEqual([...(await service.linkTerms(lab.project))]);
    });
  });
}
