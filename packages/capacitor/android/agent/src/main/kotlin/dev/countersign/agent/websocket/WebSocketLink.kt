package dev.countersign.agent.websocket

import dev.countersign.agent.connection.ChannelFault
import dev.countersign.agent.connection.Connection
import dev.countersign.agent.connection.Connections
import dev.countersign.agent.connection.Opening
import dev.countersign.agent.connection.readAnswerHead
import java.io.IOException
import java.util.concurrent.Future

/** One WebSocket (RFC 6455), the client's side. It reads when it is asked for what comes next: a slow reader slows the peer. */
internal class WebSocketLink(
    private val request: WebSocketRequest,
    private val connections: Connections,
    private val limits: WebSocketLimits,
    private val draw: (Int) -> ByteArray,
) {
    private val key = draw(16)
    private val head = request.head(key)

    @Volatile private var opening: Opening? = null

    @Volatile private var connection: Connection? = null

    @Volatile private var outbox: Outbox? = null

    @Volatile private var isAbandoned = false
    private var reader: MessageReader? = null
    private var ending: Ending? = null

    /** Lets the peer prove itself and opens; the subprotocol that the peer took. Blocks. Throws ChannelFault. */
    fun open(): String {
        connections.timer.after(limits.openingMs) { if (outbox == null) cut() }
        return try {
            val made = connect()
            made.output.write(head)
            made.output.flush()
            val protocol = request.protocolOf(readAnswerHead(made.input), key)
            reader = MessageReader(made.input, limits, ::take)
            outbox = Outbox(made.output, limits.waitingBytes, draw)
            if (isAbandoned) throw ChannelFault.aborted()
            protocol
        } catch (fault: Exception) {
            cut()
            throw if (isAbandoned) ChannelFault.aborted() else ChannelFault.of(fault)
        }
    }

    /** The next message, or how it ended. Blocks. Throws ChannelFault where it was never open. */
    fun next(): WebSocketEvent {
        val reader = reader ?: throw ChannelFault.network("the WebSocket is not open")
        return try {
            val message = reader.next { ending != null }
            when {
                message == null -> WebSocketEvent.Closed(ending ?: Ending.broken)
                message.opcode == Opcode.TEXT -> WebSocketEvent.Text(decodeUtf8(message.payload))
                else -> WebSocketEvent.Bytes(message.payload)
            }
        } catch (bad: BadFrame) {
            fail(bad.code)
            WebSocketEvent.Closed(Ending.broken)
        } catch (_: IOException) {
            cut()
            WebSocketEvent.Closed(Ending.broken)
        }
    }

    /** Gives a message on its way and does not wait for it. Throws ChannelFault where it is not open, and where too much waits: that ends it. */
    fun send(opcode: Int, payload: ByteArray): Future<*> {
        val outbox = outbox ?: throw ChannelFault.network("the WebSocket is not open")
        return outbox.put(opcode, payload) ?: run {
            cut()
            throw ChannelFault.network("too much waits to be written")
        }
    }

    /** Begins the closing handshake, or gives up the opening. Throws IllegalArgumentException for a code or reason that no closing frame may have. */
    fun close(code: Int?, reason: String) {
        val payload = closingPayload(code, reason)
        val outbox = outbox ?: return abandon()
        if (outbox.close(payload)) connections.timer.after(limits.closingMs, ::cut)
    }

    fun abandon() {
        isAbandoned = true
        cut()
    }

    private fun connect(): Connection {
        val opening = connections.opening(request.peer).also { opening = it }
        if (isAbandoned) throw ChannelFault.aborted()
        return opening.open().also {
            connection = it
            if (isAbandoned) throw ChannelFault.aborted()
        }
    }

    private fun take(control: Frame) {
        when (control.opcode) {
            Opcode.PING -> outbox?.pong(control.payload)
            Opcode.CLOSE -> {
                ending = endingOf(control.payload)
                // The code comes back as it came, and the connection ends when that is written (§5.5.1).
                end(control.payload.copyOf(minOf(control.payload.size, 2)))
            }
        }
    }

    private fun fail(code: Int) = end(closingPayload(code, ""))

    private fun end(payload: ByteArray) {
        val outbox = outbox ?: return cut()
        outbox.close(payload)
        outbox.whenDone { connection?.close() }
        connections.timer.after(limits.closingMs, ::cut)
    }

    private fun cut() {
        opening?.abandon()
        connection?.cut()
    }
}
