import { parseSealedSession } from "@countersign/protocol";
import type { RawInstance } from "@countersign/virtual-device";
import type { ServiceOptions } from "../../config.ts";
import type { ApiInput } from "../../domain/admin/protected-api-input.ts";
import { type DeviceLab, openDeviceLab } from "../device/device-lab.suite.ts";

/** One answer to a backend. */
export interface BackendAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A device lab with APIs whose tokens count once, and backends with credentials. */
export interface VerifierLab {
  readonly lab: DeviceLab;
  readonly actor: { readonly id: string; readonly name: string };
  /** A credential for any API of the project. */
  readonly credential: string;
  /** A credential for the API `limited` alone. */
  readonly narrow: string;
  putApi(id: string, token: ApiInput["token"]): Promise<void>;
  /** A token that a genuine instance was given just now. */
  tokenOf(instance: RawInstance, api: string): Promise<string>;
  instanceId(instance: RawInstance): Promise<string>;
  /** `body` as it is where it is text or bytes, else as JSON. */
  post(path: string, body: unknown, credential?: string | null): Promise<BackendAnswer>;
  consume(token: string, api?: string): Promise<BackendAnswer>;
}

export async function openVerifierLab(options: Partial<ServiceOptions> = {}): Promise<VerifierLab> {
  const { limits, ...more } = options;
  const lab = await openDeviceLab({
    ...more,
    limits: { challengesPerMinute: 10_000, enrolmentsPerMinute: 10_000, ...limits },
  });
  // Tokens of the second in which the ledger began may be older than it: they are refused.
  lab.advance(1000);
  const actor = { id: "lab", name: "lab" };
  const admin = () => lab.service().domain.admin;
  const putApi = async (id: string, token: ApiInput["token"]): Promise<void> => {
    const input = { host: `${id}.example`, port: 443, channel: "system", token, tokenSeconds: 120 } as const;
    await admin().putApi(actor, lab.project, id, input, "create");
  };
  await putApi("limited", { header: "x-token", limitedUse: true });
  await putApi("approov", { profile: "approov", limitedUse: true });
  await putApi("firebase", {
    profile: "firebase-app-check",
    limitedUse: true,
    firebase: { projectNumber: "12345678", projectId: "shop-app" },
  });
  await putApi("plain", { header: "x-token" });
  const { credential } = await admin().addVerifier(actor, lab.project, { name: "backend" });
  const { credential: narrow } = await admin().addVerifier(actor, lab.project, { name: "narrow", api: "limited" });

  const post = async (path: string, body: unknown, bearer: string | null = credential): Promise<BackendAnswer> => {
    const response = await fetch(lab.service().origin + path, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      },
      body: typeof body === "string" || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Readonly<Record<string, unknown>>,
    };
  };

  return {
    lab,
    actor,
    credential,
    narrow,
    putApi,
    tokenOf: async (instance, api) => {
      const { session } = await instance.session({
        asks: { tokens: [{ api }], secrets: [], clientAttestations: [] },
      });
      const opened = session === null ? null : parseSealedSession(session.plaintext);
      const token = opened?.ok === true ? opened.value.tokens.find((each) => each.api === api)?.token : undefined;
      if (token === undefined) throw new TypeError("the session has no token");
      return token;
    },
    instanceId: async (instance) => {
      const { statement } = await instance.prepareSession();
      return (JSON.parse(Buffer.from(statement).toString()) as { instance: string }).instance;
    },
    post,
    consume: (token, api = "limited") => post("/v1/tokens/consume", { v: 1, api, token }),
  };
}
