package dev.countersign.agent.websocket

/** Bounds of one WebSocket. */
internal class WebSocketLimits(
    /** Bytes of one message that is received, whole. */
    val messageBytes: Int = 16 * 1024 * 1024,
    /** Frames that one message may come in. */
    val fragments: Int = 4096,
    /** Bytes that wait to be written. Over it the connection ends, as a browser's does. */
    val waitingBytes: Int = 16 * 1024 * 1024,
    /** From the request to the peer's yes. */
    val openingMs: Long = 30_000,
    /** How long the peer may take over the closing handshake. */
    val closingMs: Long = 10_000,
)
