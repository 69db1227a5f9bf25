/** A task that runs again and again, `everyMs` after it last ended. */
export interface Job {
  readonly name: string;
  readonly everyMs: number;
  run(): Promise<void>;
}

/** Runs the jobs until stopped. A failure is told and the job runs again in its turn. Resolves `stop` when no job is running any more. */
export function startJobs(
  jobs: readonly Job[],
  onError: (name: string, error: unknown) => void,
): { stop(): Promise<void> } {
  let stopped = false;
  const timers = new Map<string, NodeJS.Timeout>();
  const running = new Map<string, Promise<void>>();

  function schedule(job: Job): void {
    if (stopped) return;
    const timer = setTimeout(() => {
      const run = job
        .run()
        .catch((error: unknown) => onError(job.name, error))
        .finally(() => {
          running.delete(job.name);
          schedule(job);
        });
      running.set(job.name, run);
    }, job.everyMs);
    timer.unref();
    timers.set(job.name, timer);
  }

  for (const job of jobs) schedule(job);
  return {
    async stop() {
      stopped = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all(running.values());
    },
  };
}
