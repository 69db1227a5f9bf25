package dev.countersign.agent.websocket

import dev.countersign.agent.connection.ChannelFault
import dev.countersign.agent.connection.Connections
import dev.countersign.agent.connection.platformConnections
import dev.countersign.agent.device.randomBytes
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.Future

/** The WebSockets of this process, by the names that the caller chose. [open] and [next] block: each belongs on a thread of its own. All throw [ChannelFault]. */
class WebSockets internal constructor(private val connections: Connections, private val limits: WebSocketLimits = WebSocketLimits()) {
    constructor() : this(platformConnections())

    private val open = ConcurrentHashMap<String, WebSocketLink>()

    /** Names a WebSocket, from when on it may be closed. Throws IllegalArgumentException for an opening that cannot be written. Does not block. */
    fun begin(name: String, request: WebSocketRequest) {
        require(open.putIfAbsent(name, WebSocketLink(request, connections, limits, ::randomBytes)) == null) { "the WebSocket was begun before" }
    }

    /** The subprotocol that the peer took; empty where none. */
    fun open(name: String): String {
        val link = find(name)
        try {
            return link.open()
        } catch (fault: ChannelFault) {
            open.remove(name, link)
            throw fault
        }
    }

    fun next(name: String): WebSocketEvent {
        val link = find(name)
        return link.next().also { if (it is WebSocketEvent.Closed) open.remove(name, link) }
    }

    /** Puts a text in line and does not block; done when it is written. */
    fun send(name: String, text: String): Future<*> = find(name).send(Opcode.TEXT, text.toByteArray(Charsets.UTF_8))

    fun send(name: String, bytes: ByteArray): Future<*> = find(name).send(Opcode.BINARY, bytes)

    /** Begins the closing handshake, or gives up the opening; one that is over is ignored. Does not block. */
    fun close(name: String, code: Int?, reason: String) {
        val link = open[name] ?: return
        link.close(code, reason)
        // Whoever asks what comes next is told of the end; where nobody asks, nobody needs it.
        connections.timer.after(limits.closingMs) { open.remove(name, link) }
    }

    /** Ends all of them at once, from any thread. */
    fun abandonAll() {
        for (name in open.keys) open.remove(name)?.abandon()
    }

    private fun find(name: String): WebSocketLink = open[name] ?: throw ChannelFault.aborted()
}
