import { type Ending, serviceRestart } from "./close-codes.ts";

export interface Standing {
  /** How the caller's side must end at this moment, or null. */
  readonly standing: () => Ending | null;
  /** The same of what takes longer to ask. */
  readonly look: () => Promise<Ending | null>;
}

export interface StandingCheck {
  /** Asked before every message. */
  mayStay(): boolean;
  /** Asked again and again; never rejects. */
  look(): Promise<void>;
}

/** Asks whether a socket may stay open, and calls `end` where it may not. Who cannot be asked, or has not answered by the next look, has not said yes. */
export function createStandingCheck({ standing, look }: Standing, end: (how: Ending) => void): StandingCheck {
  let isLooking = false;

  function mayStay(): boolean {
    let how: Ending | null;
    try {
      how = standing();
    } catch {
      how = serviceRestart;
    }
    if (how !== null) end(how);
    return how === null;
  }

  return {
    mayStay,
    async look() {
      if (!mayStay()) return;
      if (isLooking) return end(serviceRestart);
      isLooking = true;
      const how = await look().catch(() => serviceRestart);
      isLooking = false;
      if (how !== null) end(how);
    },
  };
}
