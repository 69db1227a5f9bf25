import type { WebSocket } from "ws";
import type { Mask } from "../mask.ts";
import { badGateway, type Ending, goingAway, isSendable, serviceRestart } from "./close-codes.ts";
import { relayMessages } from "./relay-messages.ts";
import type { SocketLimits } from "./socket-limits.ts";

export interface Joining {
  readonly caller: WebSocket;
  /** Null for a decoy's: then what the caller says is heard by nobody. */
  readonly upstream: WebSocket | null;
  readonly mask: Mask;
  readonly limits: SocketLimits;
  /** How the caller's side must end at this moment, or null. Asked before every message. */
  readonly standing: () => Ending | null;
  /** The same of what takes longer to ask: whether the values are still those. */
  readonly look: () => Promise<Ending | null>;
}

export interface JoinedSockets {
  /** Resolves when both connections are gone. */
  readonly over: Promise<void>;
  /** Ends both sides, unless they are ending. */
  end(): void;
}

/** A message is whole, so a value that came in several frames is found; nothing of it is held back for the next. */
function maskWhole(mask: Mask, message: Buffer): Buffer {
  const stream = mask.stream();
  return Buffer.concat([stream.push(message), stream.end()]);
}

function close(socket: WebSocket, { code, reason }: Ending): void {
  // What is paused would not see the other side's closing frame.
  socket.resume();
  if (isSendable(code)) socket.close(code, reason);
  else socket.close();
}

/** Calls back when a side has floods of pings and pongs, or shows no sign of life. What is not read cannot show any. */
function watchSide(socket: WebSocket, limits: SocketLimits, onDead: () => void): { readonly tick: () => void } {
  let isAlive = true;
  let controls = 0;
  const hear = (): void => {
    isAlive = true;
  };
  const count = (): void => {
    hear();
    controls += 1;
    if (controls > limits.controlFrames) onDead();
  };
  socket.on("message", hear).on("ping", count).on("pong", count);
  return {
    tick() {
      controls = 0;
      if (!isAlive && !socket.isPaused) return onDead();
      isAlive = false;
      if (socket.readyState === socket.OPEN) socket.ping();
    },
  };
}

/**
 * Joins the two sides of a brokered WebSocket until one ends: messages down masked, messages up as they are, the close of one side told to the other.
 * Ended too where the caller may not go on, a value is not that any more, nobody says anything, or it has become too old.
 */
export function joinSockets({ caller, upstream, mask, limits, standing, look }: Joining): JoinedSockets {
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
  const endFor = (found: Ending | null): boolean => {
    if (found !== null) end(found, goingAway);
    return found !== null;
  };
  const away = (): void => end(goingAway, goingAway);

  const quiet = setTimeout(away, limits.quietMs);
  const mayPass = (): boolean => {
    quiet.refresh();
    return !isEnding && !endFor(standing());
  };
  const relayed = (from: WebSocket, to: WebSocket, through: (message: Buffer) => Buffer): (() => void) => {
    const { waitingBytes, drainMs } = limits;
    // Who takes nothing would not take a closing frame either.
    const onStalled = (): void => {
      away();
      to.terminate();
    };
    return relayMessages({ from, to, through, waitingBytes, drainMs, mayPass, onStalled });
  };
  if (upstream === null) caller.on("message", mayPass);
  else {
    cleaners.push(relayed(caller, upstream, (message) => message));
    cleaners.push(relayed(upstream, caller, (message) => maskWhole(mask, message)));
  }

  const watched = sides.map((side) => {
    const watch = watchSide(side, limits, () => {
      side.terminate();
      end(badGateway, goingAway);
    });
    return watch.tick;
  });
  let isLooking = false;
  async function lookOnce(): Promise<void> {
    if (isLooking || endFor(standing())) return;
    isLooking = true;
    // Who cannot be asked has not said yes.
    endFor(await look().catch(() => serviceRestart));
    isLooking = false;
  }
  const timers = [
    setInterval(() => void lookOnce(), limits.lookMs),
    setInterval(() => watched.forEach((tick) => void tick()), limits.pingMs),
  ];
  const age = setTimeout(away, limits.ageMs);
  cleaners.push(() => {
    for (const timer of timers) clearInterval(timer);
    clearTimeout(age);
    clearTimeout(quiet);
  });

  const over = Promise.all(
    sides.map(
      (side) =>
        new Promise<void>((resolve) => {
          // It speaks no WebSocket, or its connection broke: its own side is told by `ws`, where it can be.
          side.on("error", () => end(badGateway, goingAway));
          side.once("close", (code: number, reason: Buffer) => {
            resolve();
            if (side === caller)
              end({ code, reason: "" }, code === 1006 ? goingAway : { code, reason: String(reason) });
            else end(code === 1006 ? badGateway : { code, reason: mask.text(String(reason)) }, goingAway);
          });
        }),
    ),
  ).then(() => {});
  for (const side of sides) side.resume();
  // The opening took its time.
  void lookOnce();
  return { over, end: away };
}
