import type { RequestView } from "./request-view.ts";
import type { Verification } from "./verification.ts";

/** Checks requests of one protected API. No method ever rejects. */
export interface Verifier {
  /** Token, binding, proof and consumption of a Fetch request. Its body stays readable. */
  verifyRequest(request: Request): Promise<Verification>;
  /** The same for any other form of request. */
  verify(view: RequestView): Promise<Verification>;
  /** The token alone: no binding and no proof is checked. Limited tokens are used up. */
  verifyToken(token: string): Promise<Verification>;
  /** Sends what has not been reported yet. The verifier stays usable. */
  close(): Promise<void>;
}
