import { base64url, utf8 } from "../encoding/bytes.ts";
import type { Attack } from "./attack.ts";
import { everySecret } from "./every-secret.ts";
import { createExchange } from "./exchange.ts";
import { assertSession } from "./genuine-session.ts";
import { createRawInstance } from "./raw-instance.ts";

export const alteredStatement: Attack = {
  name: "altered-statement",
  platform: "android",
  attack: "On its way, a genuine statement is made to ask for every secret; the proof is kept.",
  expected: { kind: "problem", code: "proof_invalid" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    const instance = createRawInstance({ configuration: lab.configuration, device: lab.pixel(), exchange });
    assertSession(await instance.enrol(), "the genuine device");
    const genuine = await instance.prepareSession();
    const parsed: unknown = JSON.parse(Buffer.from(genuine.statement).toString());
    const statement = utf8(JSON.stringify({ ...(parsed as object), asks: everySecret(lab) }));
    const altered = { ...genuine, statement, body: { ...genuine.body, statement: base64url(statement) } };
    return exchange.outcome(await exchange.send(altered));
  },
};
