package dev.countersign.agent.websocket

/** What a WebSocket tells. After [Closed] comes nothing. */
sealed class WebSocketEvent {
    class Text internal constructor(val text: String) : WebSocketEvent()

    class Bytes internal constructor(val bytes: ByteArray) : WebSocketEvent()

    class Closed internal constructor(val ending: Ending) : WebSocketEvent()
}
