import { type ApproovMethod, approovMethods } from "./methods.ts";

/** The other product's levels. */
export const logLevels = { EXTREME: 0, DEBUG: 1, INFO: 2, WARN: 3, ERROR: 4, NONE: 5 } as const;

/** Names of the layers of 3.8. */
const namedLevels: Readonly<Record<string, number>> = {
  OFF: logLevels.NONE,
  ERROR: logLevels.ERROR,
  WARNING: logLevels.WARN,
  INFO: logLevels.INFO,
  DEBUG: logLevels.DEBUG,
};

/** Takes a line of the log. The facade's own lines hold no secret and nothing of a request. */
export type LogSink = (level: number, text: string) => void;

/** Where the app names no sink: a method without effect is not to pass in silence. */
export const consoleSink: LogSink = (level, text) => {
  // oxlint-disable-next-line no-console -- it is where the other product's lines go.
  const { info, warn } = console;
  (level >= logLevels.WARN ? warn : info)(text);
};

export interface FacadeLog {
  setLevel(level: number | string): void;
  say(level: number, text: string): void;
  /** Says once, at a level that lets it, that a method has no effect here, and what takes its place. */
  notice(method: ApproovMethod): void;
}

export function createLog(sink: LogSink): FacadeLog {
  const noticed = new Set<ApproovMethod>();
  let threshold: number = logLevels.INFO;
  const tells = (level: number): boolean => threshold < logLevels.NONE && level >= threshold;
  const say = (level: number, text: string): void => {
    if (!tells(level)) return;
    try {
      sink(level, text);
    } catch {
      // The app's mistake; its calls must not hang on it.
    }
  };
  return {
    setLevel(level) {
      const asked = typeof level === "string" ? namedLevels[level.toUpperCase()] : level;
      threshold = Object.values<unknown>(logLevels).includes(asked) ? Number(asked) : threshold;
    },
    say,
    notice(method) {
      if (noticed.has(method) || !tells(logLevels.WARN)) return;
      noticed.add(method);
      say(logLevels.WARN, `ApproovService.${method} has no effect: ${approovMethods[method].note}`);
    },
  };
}
