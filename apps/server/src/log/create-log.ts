import { type DestinationStream, type Logger, type LoggerOptions, pino } from "pino";

export type Log = Logger;

/** What a log line may say of an error: its kind and where it arose. Messages may quote input, so they are left out. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const frames = (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  return { name: error.name, ...code, at: frames.slice(0, 8).map((line) => line.trim()) };
}

/**
 * The service's log: one JSON object a line. A line says what happened by `event` and closed fields; requests by method, route pattern,
 * status and time; never a URL with its query, a header, a body, or the text of an error.
 */
export function createLog(options: { readonly level: string; readonly sink?: (line: string) => void }): Log {
  const settings: LoggerOptions = {
    level: options.level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    serializers: {
      err: describeError,
      error: describeError,
      req: () => undefined,
      res: () => undefined,
    },
  };
  const { sink } = options;
  if (sink === undefined) return pino(settings);
  const stream: DestinationStream = { write: (line) => sink(line) };
  return pino(settings, stream);
}
