import { toUtf8 } from "@countersign/protocol";
import type { NativeExchangeRequest, NativePolicy } from "../native/native-bridge.ts";
import { isPlainService } from "../service-origin.ts";
import { type Bench, CannotAsk, type Check, demand, demandRefusal } from "./check.ts";
import { bytesOf } from "./made-key.ts";

const system: NativePolicy = { channel: "system", pins: [], roots: [] };

/** A request to the service's readiness, which anybody may ask for. */
function readiness(bench: Bench, change: Partial<NativeExchangeRequest> = {}): NativeExchangeRequest {
  const plain = isPlainService(bench.configuration, false);
  return {
    exchange: `native-check-${bench.random(12)}`,
    secure: !plain,
    host: bench.configuration.host,
    port: bench.configuration.port ?? (plain ? 80 : 443),
    target: "/readyz",
    method: "GET",
    headers: [["Accept", "application/json"]],
    body: null,
    upload: null,
    policy: system,
    ...change,
  };
}

async function readAll({ bridge }: Bench, exchange: string): Promise<number> {
  let length = 0;
  for (;;) {
    const { piece } = await bridge.receive({ exchange });
    if (piece === null) return length;
    length += bytesOf(piece, "a piece").length;
  }
}

/** Whether a peer proves itself can be asked of a service behind TLS alone. */
function demandTls({ configuration }: Bench): void {
  if (isPlainService(configuration, false)) throw new CannotAsk("the service speaks plain HTTP");
}

/** Connections: what is asked needs the service of the configuration alone. */
export const exchangeChecks: readonly Check[] = [
  {
    name: "carries a request to the service and its answer back",
    run: async (bench) => {
      const request = readiness(bench);
      const { status } = await bench.bridge.send(request);
      demand(status === 200, `the service answered ${status}`);
      demand((await readAll(bench, request.exchange)) > 0, "the answer is empty");
    },
  },
  {
    name: "carries two requests at a time",
    run: async (bench) => {
      const requests = [readiness(bench), readiness(bench)];
      const answers = await Promise.all(requests.map((request) => bench.bridge.send(request)));
      demand(
        answers.every(({ status }) => status === 200),
        "one was not answered",
      );
      for (const { exchange } of requests) demand((await readAll(bench, exchange)) > 0, "an answer is empty");
    },
  },
  {
    name: "sends a body that comes in pieces",
    run: async (bench) => {
      const body = toUtf8("{}");
      const request = readiness(bench, {
        method: "POST",
        target: "/v1/challenges",
        headers: [["Content-Type", "application/json"]],
        upload: { length: body.length },
      });
      const sent = bench.bridge.send(request);
      for (const piece of ["ew", "fQ", null]) await bench.bridge.upload({ exchange: request.exchange, piece });
      const { status } = await sent;
      // Whatever the service makes of the body: it was read.
      demand(status !== 408 && status < 500, `the service answered ${status}`);
      await bench.bridge.abandon({ exchange: request.exchange });
    },
  },
  {
    name: "sends nothing to a peer that does not prove itself by its pins",
    run: async (bench) => {
      demandTls(bench);
      const policy: NativePolicy = { channel: "pins", pins: [bench.random(32)], roots: [] };
      await demandRefusal("another pin", () => bench.bridge.send(readiness(bench, { policy })), ["channel_refused"]);
    },
  },
  {
    name: "sends nothing to a peer whose policy names no root at all",
    run: async (bench) => {
      demandTls(bench);
      const policy: NativePolicy = { channel: "roots", pins: [], roots: [] };
      await demandRefusal("no root", () => bench.bridge.send(readiness(bench, { policy })), ["channel_refused"]);
    },
  },
  {
    name: "speaks plain HTTP to this very device alone",
    run: (bench) =>
      // 192.0.2.0/24 is nobody's (RFC 5737).
      demandRefusal(
        "another machine",
        () => bench.bridge.send(readiness(bench, { secure: false, host: "192.0.2.1", port: 80 })),
        ["channel_refused", "network", "unsupported"],
      ),
  },
  {
    name: "writes no header of two lines",
    run: (bench) =>
      demandRefusal(
        "a value of two lines",
        () => bench.bridge.send(readiness(bench, { headers: [["X-A", "b\r\nX-C: d"]] })),
        ["network", "unsupported", "channel_refused"],
      ),
  },
  {
    name: "ends an exchange that is abandoned",
    run: async (bench) => {
      const request = readiness(bench);
      await bench.bridge.send(request);
      await bench.bridge.abandon({ exchange: request.exchange });
      const { exchange } = request;
      const piece = await bench.bridge.receive({ exchange }).then(
        (answer) => answer.piece,
        () => null,
      );
      demand(piece === null, "a piece came after the end");
      await bench.bridge.abandon({ exchange });
    },
  },
];
