import { isSecretName } from "@countersign/protocol";
import { useEffect, useState } from "react";
import { AgentError } from "../errors.ts";
import type { SecretHandle } from "../secret-handle.ts";
import type { AgentStore } from "./agent-store.ts";
import { useAgentStore } from "./use-countersign.ts";

/** A secret as a component may know it: by a handle, never by its value. */
export interface SecretView {
  /** Stands for the secret wherever its placeholder may; null until the service granted it. */
  readonly secret: SecretHandle | null;
  readonly error: AgentError | null;
}

const waiting: SecretView = { secret: null, error: null };

/** What was found for one name of one agent: shown for no other. */
interface Found {
  readonly store: AgentStore;
  readonly name: string;
  readonly view: SecretView;
}

/**
 * Asks for a secret when the component is mounted, so that the first request finds it, and again, where that failed, once a session is
 * open. `String(secret)` is the public placeholder; the value is put in
 * when a request is sent.
 *
 * @throws TypeError where the name is not `[a-z0-9-]{1,48}`, and outside a CountersignProvider.
 */
export function useSecret(name: string): SecretView {
  if (!isSecretName(name)) throw new TypeError("a secret's name is [a-z0-9-]{1,48}");
  const store = useAgentStore();
  const [found, setFound] = useState<Found | null>(null);
  useEffect(() => {
    let isWanted = true;
    const show = (view: SecretView): void => {
      if (isWanted) setFound({ store, name, view });
    };
    let hasFailed = false;
    const ask = async (): Promise<void> => {
      hasFailed = false;
      try {
        const secret = await (await store.agent()).getSecret(name);
        show({ secret, error: null });
      } catch (error) {
        hasFailed = true;
        if (error instanceof AgentError) show({ secret: null, error });
      }
    };
    const isOpen = (): boolean => store.shown().state.phase === "session";
    let wasOpen = isOpen();
    // Another call may open the session that this one could not have.
    const endFollowing = store.subscribe(() => {
      const isNew = isOpen() && !wasOpen;
      wasOpen = isOpen();
      if (isNew && hasFailed) void ask();
    });
    void ask();
    return () => {
      isWanted = false;
      endFollowing();
    };
  }, [store, name]);
  return found?.store === store && found.name === name ? found.view : waiting;
}
