import { type Mutation, mutationsOf } from "../mutation.ts";

const broker = "packages/broker/src";
const problem = { table: "problem" } as const;
const pools = [`${broker}/connection-pool.test.ts`];
const frames = [`${broker}/h2-connection.test.ts`];
const uploads = [`${broker}/upload.test.ts`];

const connections = [
  ...mutationsOf({ ...problem, file: `${broker}/connection-pool.ts`, tests: pools }, [
    [
      "upstream_refused/kept",
      "that a connection is kept for the channel alone that its peer has proved",
      "{digestOf(channel)}",
      `{""}`,
    ],
    [
      "upstream_refused/kept-address",
      "that a connection is kept for the address alone that was judged",
      "{peer.address}",
      `{""}`,
    ],
  ]),
  ...mutationsOf({ ...problem, file: `${broker}/call-upstream.ts`, tests: pools }, [
    [
      "upstream_unavailable/repeat",
      "that nothing is repeated that may have been done",
      "const mayRepeat = call.body === null && safeMethods.has(call.method);",
      "const mayRepeat = true;",
    ],
  ]),
  ...mutationsOf({ ...problem, file: `${broker}/call-gate.ts`, tests: [`${broker}/call-gate.test.ts`] }, [
    [
      "unavailable/project-share",
      "that one project's calls leave room for the others'",
      "projects.of(project) >= perProject || ",
      "",
    ],
  ]),
  ...mutationsOf({ ...problem, file: `${broker}/upstream-connection.ts`, tests: pools }, [
    [
      "upstream_unavailable/headers",
      "how many headers an answer may have",
      "return count > headerBounds.count ? null : headers;",
      "return headers;",
    ],
  ]),
  ...mutationsOf({ ...problem, file: `${broker}/upstream-answer.ts`, tests: pools }, [
    [
      "upstream_timeout/idle",
      "how long an upstream may say nothing within its answer",
      "setTimeout(() => this.destroy(), this.#idleMs)",
      "setTimeout(() => this.destroy(), 3_600_000)",
    ],
  ]),
  ...mutationsOf({ ...problem, file: `${broker}/h2-connection.ts`, tests: frames }, [
    [
      "upstream_unavailable/reset",
      "that a broken-off request of HTTP/2 is reset with no end before it",
      "  if (!stream.writableEnded) stream._final = () => {};\n",
      "",
    ],
    [
      "upstream_unavailable/unended",
      "that a stream that was reset without an error is no answer",
      "const isWhole = isBegun && isEnded();",
      "const isWhole = true;",
    ],
  ]),
];

const uploading = [
  ...mutationsOf({ ...problem, file: `${broker}/upload.ts`, tests: uploads }, [
    [
      "signature_invalid/upload",
      "that the MAC covers an upload before its last piece is sent",
      `!== digest) throw refuse("signature_invalid");`,
      `=== "") throw refuse("signature_invalid");`,
    ],
    [
      "pass_withdrawn/upload",
      "that who may not any more sends no upload to its end",
      "const code = isSent ? mayEnd() : null;",
      "const code = null as ProblemCode | null;",
    ],
    [
      "too_large/upload",
      "the size of an upload of no said length",
      `if (length > limit) throw refuse("too_large");`,
      "",
    ],
    [
      "malformed/upload",
      "how long a caller may say nothing within an upload",
      "setTimeout(stop, idleMs)",
      "setTimeout(stop, 3_600_000)",
    ],
  ]),
  ...mutationsOf({ ...problem, file: `${broker}/call-upstream.ts`, tests: frames }, [
    [
      "upstream_timeout/upload",
      "how long an upstream may take nothing of an upload",
      "setTimeout(events.stalled, idleMs)",
      "setTimeout(events.stalled, 3_600_000)",
    ],
  ]),
  ...mutationsOf({ ...problem, file: `${broker}/take-body.ts`, tests: uploads }, [
    ["too_large/held", "that a body in which a place may be is held", " && !hasPlaces(manifest, request)", ""],
  ]),
  ...mutationsOf({ ...problem, file: `${broker}/admit-call.ts`, tests: uploads }, [
    [
      "too_large/processed",
      "that a body which a processor reads is held",
      "if (plan.ok && (await isWithoutBody(request.project, plan))) {",
      "if (plan.ok) {",
    ],
  ]),
];

const passes = mutationsOf(
  {
    ...problem,
    file: "apps/server/src/domain/device/pass-book.ts",
    tests: ["apps/server/src/domain/device/pass-book.test.ts"],
  },
  [
    [
      "pass_invalid/rotated",
      "that a pass opened before is opened anew where keys have changed",
      "known.passKeys === ring.passKeys && ",
      "",
    ],
  ],
);

/** What the broker's connections, uploads and memory of passes refuse. */
export const brokerTransportMutations: readonly Mutation[] = [...connections, ...uploading, ...passes];
