import type { WebSocket } from "ws";
import type { Mask } from "../mask.ts";
import { badGateway, type Ending, goingAway, isSendable } from "./close-codes.ts";
import { relayMessages } from "./relay-messages.ts";
import type { SocketLimits } from "./socket-limits.ts";
import { createStandingCheck, type Standing } from "./standing-check.ts";
import { watchSide } from "./watch-side.ts";

export interface Joining extends Standing {
  readonly caller: WebSocket;
  /** Null for a decoy's: then what the caller says is heard by nobody. */
  readonly upstream: WebSocket | null;
  readonly mask: Mask;
  readonly limits: SocketLimits;
}

export interface JoinedSockets {
  /** Resolves when both connections are gone. */
  readonly over: Promise<void>;
  /** Ends both sides, unless they are ending. */
  end(): void;
}

/** Bytes that a closing frame has for its reason (RFC 6455 §5.5). */
const reasonBytes = 123;
const brokenOff = 1006;

/** A message is whole, so a value that came in several frames is found; nothing of it is held back for the next. */
function maskWhole(mask: Mask, message: Buffer): Buffer {
  const stream = mask.stream();
  return Buffer.concat([stream.push(message), stream.end()]);
}

function close(socket: WebSocket, { code, reason }: Ending): void {
  // What is paused would not see the other side's closing frame.
  socket.resume();
  if (isSendable(code)) socket.close(code, Buffer.byteLength(reason) > reasonBytes ? "" : reason);
  else socket.close();
}

/** Resolves when a connection is gone, after `tell` was told how it ended. */
function whenClosed(side: WebSocket, tell: (how: Ending) => void): Promise<void> {
  return new Promise((resolve) => {
    const closed = (code: number, reason: string): void => {
      tell({ code, reason });
      resolve();
    };
    side.once("close", (code: number, reason: Buffer) => closed(code, String(reason)));
    if (side.readyState === side.CLOSED) closed(brokenOff, "");
  });
}

/**
 * Joins the two sides of a brokered WebSocket until one ends: messages down masked, messages up as they are, the close of one side told to the other.
 * Ended too where the caller may not go on, a value is not that any more, nobody says anything, or it has become too old.
 */
export function joinSockets(joining: Joining): JoinedSockets {
  const { caller, upstream, mask, limits } = joining;
  const sides = upstream === null ? [caller] : [caller, upstream];
  const cleaners: (() => void)[] = [];
  let isEnding = false;

  function end(toCaller: Ending, toUpstream: Ending): void {
    if (isEnding) return;
    isEnding = true;
    for (const clean of cleaners) clean();
    close(caller, toCaller);
    if (upstream !== null) close(upstream, toUpstream);
  }
  const away = (): void => end(goingAway, goingAway);
  /** The upstream broke off, or a side does not speak WebSocket: that side is told by `ws`, where it can be. */
  const fail = (): void => end(badGateway, goingAway);

  const check = createStandingCheck(joining, (how) => end(how, goingAway));
  const quiet = setTimeout(away, limits.quietMs);
  const mayPass = (): boolean => {
    quiet.refresh();
    return !isEnding && check.mayStay();
  };
  function relay(from: WebSocket, to: WebSocket, through: (message: Buffer) => Buffer): void {
    const { waitingBytes, drainMs } = limits;
    const onStalled = (): void => {
      away();
      // Who takes nothing would not take a closing frame either.
      to.terminate();
    };
    cleaners.push(relayMessages({ from, to, through, waitingBytes, drainMs, mayPass, onStalled }));
  }
  if (upstream === null) caller.on("message", mayPass);
  else {
    relay(caller, upstream, (message) => message);
    relay(upstream, caller, (message) => maskWhole(mask, message));
  }

  const watched = sides.map((side) =>
    watchSide(side, limits, () => {
      side.terminate();
      fail();
    }),
  );
  const looks = setInterval(() => void check.look(), limits.lookMs);
  const ticks = setInterval(() => {
    for (const { tick } of watched) tick();
  }, limits.pingMs);
  const age = setTimeout(away, limits.ageMs);
  cleaners.push(() => {
    for (const timer of [looks, ticks, age, quiet]) clearTimeout(timer);
  });

  for (const side of sides) side.on("error", fail);
  const endings = sides.map((side) =>
    whenClosed(side, ({ code, reason }) => {
      const isBroken = code === brokenOff;
      if (side === caller) end(goingAway, isBroken ? goingAway : { code, reason });
      else end(isBroken ? badGateway : { code, reason: mask.text(reason) }, goingAway);
    }),
  );
  for (const side of sides) side.resume();
  // The opening took its time.
  void check.look();
  return { over: Promise.all(endings).then(() => {}), end: away };
}
