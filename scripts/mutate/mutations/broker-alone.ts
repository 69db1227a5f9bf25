import { type Mutation, mutationsOf } from "../mutation.ts";

const brokers = "apps/server/src/domain/brokers";
const ephemeral = "apps/server/src/ephemeral";
const alone = "apps/server/src/broker-alone";
const hostile = [`${alone}/hostile-link.test.ts`];

const credential = mutationsOf({ table: "problem", file: `${brokers}/authenticate-broker.ts`, tests: hostile }, [
  [
    "broker_unauthorized",
    "that a question over the link is signed by the broker's key",
    " || !verifyBrokerCall(received, broker.point)",
    "",
  ],
  [
    "signature_invalid/link-time",
    "that a question over the link is of these minutes",
    "if (Math.abs(deps.clock.nowMs() - atMs) > brokerClockMs)",
    "if (false)",
  ],
  [
    "signature_invalid/link-body",
    "that a question's body is the one that was signed",
    "encodeBase64url(sha256(body)) === digest",
    "encodeBase64url(sha256(body)) === digest || true",
  ],
  [
    "request_replayed/link",
    "that a question over the link is asked once",
    "if (!(await deps.ledger.once(key, (2 * brokerClockMs) / 1000 + 1)))",
    "if (false)",
  ],
]);

const answer = mutationsOf(
  { table: "problem", file: `${brokers}/link-exchange.ts`, tests: [`${brokers}/link-exchange.test.ts`] },
  [
    [
      "unavailable/link-signature",
      "that an answer over the link is signed by the project's response key",
      "point === null || !verifyEs256(point, signatureInput(how.hash, signed), signature)",
      "point === null",
    ],
    [
      "unavailable/link-project",
      "that an answer over the link is of this project",
      "said.project !== how.project || ",
      "",
    ],
  ],
);

const held = mutationsOf({ table: "problem", file: `${alone}/held-state.ts`, tests: [`${alone}/held-state.test.ts`] }, [
  [
    "unavailable/link-stale",
    "that what the service said counts for a while alone",
    "bans !== null && monotonicMs() - askedAtMs <= staleMs ? content : null",
    "bans !== null ? content : null",
  ],
  [
    "pass_withdrawn/link-rollback",
    "that bans are never older than those held",
    `if (state.bans.sequence < sequence) return "rolled_back";`,
    "",
  ],
]);

const memory = mutationsOf(
  { table: "problem", file: `${alone}/alone-ports.ts`, tests: [`${alone}/alone-ports.test.ts`] },
  [
    [
      "request_replayed/link-epoch",
      "that a memory begins no earlier than the service's clock was known",
      "Math.max(await ledger.epochMs(), host.clock.knownSinceMs())",
      "await ledger.epochMs()",
    ],
    [
      "conflict/link-run",
      "that a budget is drawn on by the latest process of a broker alone",
      `"too many draws");
    if (!runs.isLatest(broker, request.run)) return superseded();`,
      `"too many draws");`,
      { file: `${brokers}/answer-broker.ts`, tests: [`${brokers}/answer-broker.test.ts`] },
    ],
    [
      "unavailable/ledger-share",
      "that no project has all the room of a ledger",
      "if (this.#sweep(nowMs, 64) === 0) onFull();",
      "if (this.#sweep(nowMs, 64) === 0) break;",
      { file: `${ephemeral}/expiring-map.ts`, tests: [`${ephemeral}/memory-ledger.test.ts`] },
    ],
  ],
);

/** What a broker that stands alone believes of the service, and the service of it. */
export const brokerAloneMutations: readonly Mutation[] = [...credential, ...answer, ...held, ...memory];
