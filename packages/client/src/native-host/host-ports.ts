import {
  createNativePorts,
  type NativeBridge,
  type NativeIdentity,
  nativeRandomness,
  textBridge,
} from "../native/index.ts";
import type { AgentPorts, PlayIntegrity, Timers } from "../ports.ts";
import type { ScriptHost } from "./script-host.ts";

/** The native half as the script sees it: text goes out with a number, and its answer comes back with that number. */
export function hostBridge(host: Pick<ScriptHost, "call">): {
  readonly bridge: NativeBridge;
  readonly play: PlayIntegrity;
  readonly answered: (id: number, text: string) => void;
} {
  const waiting = new Map<number, (text: string) => void>();
  let calls = 0;
  const call = (name: string, of: string): Promise<string> =>
    new Promise((resolve) => {
      calls += 1;
      waiting.set(calls, resolve);
      host.call(calls, name, of);
    });
  return {
    bridge: textBridge(call),
    play: {
      async token(requestHash) {
        const answer = JSON.parse(await call("playToken", JSON.stringify({ requestHash }))) as { value?: unknown };
        if (typeof answer.value !== "string") throw new Error("Play gave no token");
        return answer.value;
      },
    },
    answered(id, text) {
      waiting.get(id)?.(text);
      waiting.delete(id);
    },
  };
}

export function hostTimers(host: Pick<ScriptHost, "after">): {
  readonly timers: Timers;
  readonly passed: (id: number) => void;
} {
  const waiting = new Map<number, () => void>();
  let asked = 0;
  return {
    timers: {
      after(delayMs, call) {
        asked += 1;
        const id = asked;
        waiting.set(id, call);
        host.after(id, delayMs);
        return () => void waiting.delete(id);
      },
    },
    passed(id) {
      const call = waiting.get(id);
      waiting.delete(id);
      call?.();
    },
  };
}

export function hostPorts(
  host: ScriptHost,
  of: {
    readonly configuration: string;
    readonly app: string;
    readonly identity: NativeIdentity;
    readonly bridge: NativeBridge;
    readonly timers: Timers;
    readonly play?: PlayIntegrity;
  },
): AgentPorts {
  return createNativePorts({
    ...of,
    randomness: nativeRandomness((length) => host.randomBytes(length)),
    clock: { runsInSleep: true, continuousMs: () => host.continuousMs(), wallMs: () => Date.now() },
  });
}
