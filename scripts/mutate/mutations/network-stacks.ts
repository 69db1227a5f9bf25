import { type Mutation, mutationsOf } from "../mutation.ts";

const client = "packages/client/src";
const table = "agent_error";

const sockets = mutationsOf(
  { table, file: `${client}/fetch/agent-sockets.ts`, tests: [`${client}/interceptors/protect-web-socket.test.ts`] },
  [
    [
      "url_refused/socket",
      "that a WebSocket of the agent's is one over TLS",
      "/^wss:(.*)$/is.exec(url)",
      "/^wss?:(.*)$/is.exec(url)",
    ],
    [
      "channel_refused/socket",
      "that the platform's own sockets serve the channel `system` alone",
      `if (policy.channel === "system" && init.platform !== undefined) return init.platform;`,
      "if (init.platform !== undefined) return init.platform;",
    ],
    [
      "secret_unavailable/socket",
      "that a WebSocket whose value is brokered goes to the broker, and nowhere else",
      "    if (filled.brokered) return this.#openBrokered(hop, filled, init, abort, listener);\n",
      "",
    ],
    [
      "request_refused/socket",
      "that an app offers no subprotocol of the broker's",
      `    if (protocols === null) throw new AgentError("request_refused");\n`,
      "",
    ],
    [
      "token_unavailable/socket",
      "that a token is not left out where a platform sends no headers",
      `    if (!transport.sendsHeaders && filled.token !== null) throw new AgentError("token_unavailable");\n`,
      "",
      {
        tests: [`${client}/interceptors/interceptors-in-chromium.test.ts`],
        only: "a WebSocket that needs a header is refused",
      },
    ],
  ],
);

const redirects = mutationsOf(
  { table, file: `${client}/fetch/agent-fetch.ts`, tests: [`${client}/interceptors/protect-fetch.test.ts`] },
  [
    [
      "redirect_refused/stream",
      "that a body which can be read once is not sent again",
      "        if (request.stream !== null && request.stream.replayable !== true) return refuseRedirect(answer);\n",
      "",
    ],
    [
      "redirect_refused/error",
      "that an app may refuse redirects",
      `        if (location !== null && init?.redirect === "error") return refuseRedirect(answer);\n`,
      "",
    ],
    [
      "redirect_refused/manual",
      "that a redirect which is given to the app holds no value",
      `init?.redirect === "manual" && revealed.standIn(location)`,
      `init?.redirect === "manual" && false`,
    ],
  ],
);

const past = mutationsOf({ table, file: `${client}/fetch/agent-fetch.ts`, tests: [`${client}/agent-api.test.ts`] }, [
  [
    "redirect_refused/past-the-agent",
    "that an answer which came past the agent leads to nothing that is filled",
    "        mayAdd &&= answer.isHeld;\n",
    "",
  ],
]);

/** Each refusal that WebSockets and bodies in pieces brought. */
export const networkStackMutations: readonly Mutation[] = [...sockets, ...redirects, ...past];
