import type { PresentedRequest } from "@countersign/protocol";
import type { AlarmPlace, AlarmSource } from "../ports/index.ts";
import type { ProjectContexts } from "../project/project-contexts.ts";
import type { AlarmBook } from "./alarm-book.ts";
import { type DecoyWatch, spotDecoys } from "./watched-decoys.ts";

/** A request somewhere, before or beside its judgement. */
export interface SeenRequest {
  readonly project: string;
  readonly where: Extract<AlarmPlace, "broker" | "decision">;
  readonly who: AlarmSource;
  readonly request: PresentedRequest;
}

/** Looks for decoys in requests. What it finds changes nothing about the request, and nothing waits for it. */
export interface DecoySpotter {
  /** Never throws. */
  look(seen: SeenRequest): void;
}

export interface DecoySpotterDeps {
  readonly contexts: Pick<ProjectContexts, "held">;
  readonly watch: DecoyWatch;
  readonly book: Pick<AlarmBook, "raise">;
  readonly onError: (error: unknown) => void;
}

export function createDecoySpotter({ contexts, watch, book, onError }: DecoySpotterDeps): DecoySpotter {
  return {
    look({ project, where, who, request }) {
      try {
        const context = contexts.held(project);
        if (context === null) return;
        for (const { kind, name } of spotDecoys(watch.of(context).index, request))
          book.raise({ project, kind, decoy: name, where, who });
      } catch (error) {
        onError(error);
      }
    },
  };
}
