package dev.countersign.bridge

import dev.countersign.agent.connection.ChannelFault
import dev.countersign.agent.protocol.encodeBase64Url
import dev.countersign.agent.websocket.WebSocketEvent
import dev.countersign.agent.websocket.WebSocketRequest
import dev.countersign.agent.websocket.WebSockets
import java.util.concurrent.ExecutionException
import java.util.concurrent.Executor
import java.util.concurrent.Future

/** `NativeSocketCalls`, most of which block: [where] has a thread for each. */
internal fun socketCalls(sockets: WebSockets, where: Executor): Map<String, Call> = mapOf(
    // Named at once, so that what closes it finds it.
    "openSocket" to Call(where) { of ->
        val name = of.text("socket")
        sockets.begin(name, openingOf(of));
        { mapOf("protocol" to sockets.open(name), "extensions" to "") }
    },
    "nextOfSocket" to where.call { eventOf(sockets.next(it.text("socket"))) },
    // In line at once: messages are not waited for, and come in their order.
    "sendToSocket" to Call(where) { of ->
        val text = of.textOrNull("text")
        val name = of.text("socket")
        val written = if (text != null) sockets.send(name, text) else sockets.send(name, of.bytes("bytes"));
        { waitFor(written) }
    },
    "closeSocket" to Call(where) { of ->
        sockets.close(of.text("socket"), of.wholeOrNull("code")?.coerceAtMost(65536)?.toInt(), of.text("reason"));
        { }
    },
)

private fun waitFor(written: Future<*>) {
    try {
        written.get()
    } catch (fault: ExecutionException) {
        throw ChannelFault.of(fault)
    }
}

private fun openingOf(of: Asked) = WebSocketRequest(
    secure = of.truth("secure"),
    host = of.text("host"),
    port = portOf(of),
    target = of.text("target"),
    headers = headersOf(of),
    protocols = of.texts("protocols"),
    policy = policyOf(of.of("policy")),
)

private fun eventOf(event: WebSocketEvent): Map<String, Any> = when (event) {
    is WebSocketEvent.Text -> mapOf("kind" to "text", "text" to event.text)
    is WebSocketEvent.Bytes -> mapOf("kind" to "bytes", "bytes" to encodeBase64Url(event.bytes))
    is WebSocketEvent.Closed ->
        mapOf("kind" to "closed", "code" to event.ending.code, "reason" to event.ending.reason, "wasClean" to event.ending.wasClean)
}
