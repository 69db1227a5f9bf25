import type { Detectors, Signal } from "@countersign/client";

/** The detectors of every agent of this generation, with their revisions. */
export const detectorRevisions: Readonly<Record<string, number>> = {
  debugger: 1,
  emulator: 1,
  hook: 1,
  mitm: 1,
  repackaged: 1,
  root: 1,
};

/** Detectors that see what was planted, and nothing else. */
export interface PlantedDetectors extends Detectors {
  plant(signal: Signal): void;
  clear(): void;
}

export function createPlantedDetectors(): PlantedDetectors {
  const planted: Signal[] = [];
  return {
    observe: async () => ({ detectors: detectorRevisions, seen: [...planted] }),
    plant: (signal) => {
      planted.push(signal);
    },
    clear: () => {
      planted.length = 0;
    },
  };
}
