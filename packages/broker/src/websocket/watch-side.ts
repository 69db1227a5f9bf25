import type { WebSocket } from "ws";
import type { SocketLimits } from "./socket-limits.ts";

/**
 * Watches one side: calls back where it floods with pings and pongs, or has shown no sign of life since the last tick. Each tick asks for one. What
 * is not read because the other side does not keep up cannot show any.
 */
export function watchSide(
  socket: WebSocket,
  { controlFrames }: Pick<SocketLimits, "controlFrames">,
  onLost: () => void,
): { readonly tick: () => void } {
  let isAlive = true;
  let controls = 0;
  const count = (): void => {
    isAlive = true;
    controls += 1;
    if (controls > controlFrames) onLost();
  };
  socket.on("ping", count).on("pong", count);
  socket.on("message", () => {
    isAlive = true;
  });
  return {
    tick() {
      controls = 0;
      if (!isAlive && !socket.isPaused) return onLost();
      isAlive = false;
      if (socket.readyState === socket.OPEN) socket.ping();
    },
  };
}
