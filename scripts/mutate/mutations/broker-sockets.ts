import { type Mutation, mutationsOf } from "../mutation.ts";

const sockets = "packages/broker/src/websocket";
const table = "problem";
const serving = [`${sockets}/serve-sockets.test.ts`];
const hostile = [`${sockets}/hostile-sockets.test.ts`];

const opening = [
  ...mutationsOf({ table, file: "packages/broker/src/check-caller.ts", tests: serving }, [
    [
      "signature_invalid/socket",
      "that the MAC of a WebSocket opens no request, and none opens it",
      `request.opening === undefined ? origin : origin.replace(/^http/, "ws")`,
      "origin",
    ],
  ]),
  ...mutationsOf({ table, file: "packages/broker/src/admit-call.ts", tests: serving }, [
    [
      "slow_down/socket-places",
      "that open sockets take no place of a call",
      "request.opening === undefined ? gates.calls : gates.sockets",
      "gates.calls",
    ],
  ]),
  ...mutationsOf({ table, file: `${sockets}/parse-opening.ts`, tests: hostile }, [
    [
      "malformed/socket",
      "that an opening is one of RFC 6455, without a body",
      `  if (!isOpening(request)) return { ok: false, code: "malformed" };\n`,
      "",
    ],
    [
      "pass_invalid/socket",
      "that the pass of a WebSocket stands in its subprotocols, in the one form",
      `  if (!offer.ok) return { ok: false, code: "pass_invalid" };\n`,
      `  if (!offer.ok) return { ok: true, headers: request.headers, protocols: [] };\n`,
      { tests: serving },
    ],
  ]),
  ...mutationsOf({ table, file: `${sockets}/serve-sockets.ts`, tests: serving }, [
    [
      "unavailable/openings",
      "that openings in work are bounded before anything is known of who asks",
      " || openings.size >= limits.concurrentOpenings",
      "",
    ],
  ]),
  ...mutationsOf({ table, file: `${sockets}/wait-for-caller.ts`, tests: hostile }, [
    ["malformed/early-frames", "that nothing comes behind an opening", "  if (head.length > 0) speak();\n", ""],
    [
      "malformed/early-data",
      "that nothing comes while the upstream is waited for",
      `on("data", speak).on("end", go)`,
      `on("data", () => {}).on("end", go)`,
    ],
    [
      "upstream_unavailable/caller-gone",
      "that an opening whose caller has gone is given up",
      `.on("end", go).on("close", go)`,
      "",
    ],
  ]),
  ...mutationsOf({ table, file: `${sockets}/open-upstream.ts`, tests: hostile }, [
    [
      "upstream_refused/socket-extension",
      "that no extension is negotiated with the upstream",
      "      perMessageDeflate: false,\n",
      "",
    ],
    [
      "upstream_timeout/socket",
      "that an upstream which does not answer an opening is given up",
      `settle({ ok: false, code: "upstream_timeout", status: null });`,
      `if (timer === undefined) settle({ ok: false, code: "upstream_timeout", status: null });`,
    ],
    [
      "too_large/socket",
      "that a message of the upstream is not held beyond the bound",
      "      maxPayload: limits.messageBytes,\n",
      "",
    ],
  ]),
  ...mutationsOf({ table, file: `${sockets}/accept-caller.ts`, tests: hostile }, [
    [
      "too_large/socket-caller",
      "that a message of the caller is not held beyond the bound",
      "    maxPayload: limits.messageBytes,\n",
      "",
    ],
  ]),
];

const open = [
  ...mutationsOf({ table, file: `${sockets}/socket-standing.ts`, tests: serving }, [
    [
      "pass_withdrawn/socket",
      "that a ban ends an open WebSocket",
      "if (!isDecoy && !ports.isBanned(project, pass.instance, pass.subject)) return null;",
      "if (!isDecoy) return null;",
    ],
    [
      "unavailable/socket-version",
      "that a WebSocket ends when its secret is changed, or taken from the app",
      "    if (version === null || version !== versions.get(name)) return serviceRestart;\n",
      "",
    ],
    [
      "pass_withdrawn/socket-decoy",
      "that a ban is not told where the project has decoys",
      "return isDecoy ? null : serviceRestart;",
      "return isDecoy ? null : policyViolated;",
      { tests: serving },
    ],
  ]),
  ...mutationsOf({ table, file: `${sockets}/standing-check.ts`, tests: serving }, [
    [
      "unavailable/socket-unasked",
      "that a WebSocket ends where its host cannot be asked",
      "await look().catch(() => serviceRestart)",
      "await look().catch(() => null)",
    ],
    [
      "unavailable/socket-unanswered",
      "that a WebSocket ends where its host does not answer",
      "      if (isLooking) return end(serviceRestart);\n",
      "",
    ],
  ]),
  ...mutationsOf({ table, file: `${sockets}/join-sockets.ts`, tests: hostile }, [
    [
      "upstream_refused/socket-mask",
      "that messages of the upstream are masked",
      "relay(upstream, caller, (message) => maskWhole(mask, message));",
      "relay(upstream, caller, (message) => message);",
    ],
    [
      "upstream_refused/socket-reason",
      "that the reason of the upstream's close is masked",
      "{ code, reason: mask.text(reason) }",
      "{ code, reason }",
    ],
    [
      "pass_withdrawn/socket-message",
      "that a message goes on only while its caller may stay",
      "return !isEnding && check.mayStay();",
      "return !isEnding;",
      { tests: serving },
    ],
    [
      "upstream_timeout/socket-quiet",
      "that a silent WebSocket ends",
      "const quiet = setTimeout(away, limits.quietMs);",
      "const quiet = setTimeout(() => {}, limits.quietMs);",
      { tests: serving },
    ],
    [
      "upstream_timeout/socket-age",
      "that a WebSocket ends at its largest age",
      "const age = setTimeout(away, limits.ageMs);",
      "const age = setTimeout(() => {}, limits.ageMs);",
      { tests: serving },
    ],
  ]),
  ...mutationsOf({ table, file: `${sockets}/watch-side.ts`, tests: hostile }, [
    [
      "slow_down/socket-control",
      "that pings and pongs are counted",
      "    if (controls > controlFrames) onLost();\n",
      "",
    ],
    [
      "upstream_timeout/socket-life",
      "that a side which shows no sign of life is cut off",
      "      if (!isAlive && !socket.isPaused) return onLost();\n",
      "",
    ],
  ]),
  ...mutationsOf({ table, file: `${sockets}/relay-messages.ts`, tests: hostile }, [
    ["slow_down/socket-pace", "that a side is read no faster than the other takes it", "    from.pause();\n", ""],
  ]),
];

const host = mutationsOf(
  { table, file: "apps/server/src/http/broker-upgrade.ts", tests: ["apps/server/src/http/broker-upgrade.test.ts"] },
  [
    [
      "not_found/socket",
      "that a WebSocket is opened at an API of a project there is",
      "!isBrokeredOpening(message) || !isId(api) || !(await isProject(project))",
      "!isBrokeredOpening(message)",
    ],
  ],
);

/** Each check of a brokered WebSocket: before it is opened, and while it is open. */
export const brokerSocketMutations: readonly Mutation[] = [...opening, ...open, ...host];
