package dev.countersign.agent.exchange

import dev.countersign.agent.connection.ChannelFault
import dev.countersign.agent.connection.Connection
import dev.countersign.agent.connection.Connections
import dev.countersign.agent.connection.Opening
import java.io.EOFException
import java.io.IOException
import java.io.OutputStream
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicReference

/** One request and its answer. Each call blocks; a further thread may upload or abandon meanwhile. All throw [ChannelFault]. */
internal class Exchange(private val request: ExchangeRequest, private val connections: Connections) {
    private val head = request.head()
    private val ready = CountDownLatch(1)

    /** Who takes it out of here decides whether it is kept or closed. */
    private val held = AtomicReference<Connection?>()

    @Volatile private var opening: Opening? = null

    @Volatile private var output: OutputStream? = null

    @Volatile private var isAbandoned = false

    /** Whether all of the request is written. */
    @Volatile private var isSent = request.upload == null
    private var reader: ResponseReader? = null
    private var uploaded = 0L

    /** Lets the peer prove itself, unless one that has is kept, writes the request and reads the head of the answer. */
    fun send(): ExchangeResponse = guarded {
        try {
            val kept = connections.kept.take(request.peer)?.takeIf { isAnswered(it, mayBeRepeated = request.mayBeRepeated) }
            val connection = kept ?: open().also { isAnswered(it, mayBeRepeated = false) }
            ResponseReader(connection.input, request.method).also { reader = it }.readHead()
        } finally {
            ready.countDown()
        }
    }

    /** The next piece of the answer; null at its end. */
    fun receive(): ByteArray? = guarded {
        val reader = reader ?: throw ChannelFault.network("nothing was answered yet")
        val piece = reader.readPiece()
        if (piece == null) {
            held.getAndSet(null)?.let {
                when {
                    !isSent -> it.cut()
                    reader.mayBeFollowed -> connections.kept.put(request.peer, it, reader.waitsMs)
                    else -> it.close()
                }
            }
        }
        piece
    }

    /** The next piece of the body; null at its end. */
    fun upload(piece: ByteArray?) = guarded {
        val upload = request.upload ?: throw ChannelFault.network("this body does not come in pieces")
        ready.await()
        val stream = output?.takeIf { !isSent } ?: throw ChannelFault.network("nothing more can be uploaded")
        uploaded += piece?.size ?: 0
        val isRight = upload.length == null || (if (piece == null) uploaded == upload.length else uploaded <= upload.length)
        if (!isRight) throw ChannelFault.network("the body is not of the length that was said")
        if (upload.length != null) piece?.let(stream::write) else writeChunk(stream, piece)
        stream.flush()
        if (piece == null) isSent = true
    }

    fun abandon() {
        isAbandoned = true
        cut()
        ready.countDown()
    }

    /**
     * Writes the request and waits for an answer to begin. False where the connection ended before that, and the request may be repeated; where it may not, the end
     * is thrown: who closed the connection may have read the request (RFC 9112 §9.3.1).
     */
    private fun isAnswered(connection: Connection, mayBeRepeated: Boolean): Boolean {
        hold(connection)
        try {
            write(connection.output)
            if (connection.hasMore()) return true
            if (!mayBeRepeated) throw EOFException("the connection ended before an answer")
        } catch (fault: IOException) {
            if (!mayBeRepeated || isAbandoned) throw fault
        }
        held.getAndSet(null)?.cut()
        return false
    }

    private fun hold(connection: Connection) {
        held.set(connection)
        if (isAbandoned) throw ChannelFault.aborted()
    }

    private fun write(stream: OutputStream) {
        stream.write(head)
        request.body?.let(stream::write)
        stream.flush()
        output = stream
        ready.countDown()
    }

    private fun open(): Connection {
        val opening = connections.opening(request.peer).also { opening = it }
        if (isAbandoned) throw ChannelFault.aborted()
        return opening.open().also {
            hold(it)
            this.opening = null
        }
    }

    private fun writeChunk(stream: OutputStream, piece: ByteArray?) {
        // A chunk without bytes would be the last.
        if (piece != null && piece.isEmpty()) return
        stream.write("${(piece?.size ?: 0).toString(16)}\r\n".toByteArray(Charsets.US_ASCII))
        piece?.let(stream::write)
        stream.write("\r\n".toByteArray(Charsets.US_ASCII))
    }

    private fun cut() {
        opening?.abandon()
        held.getAndSet(null)?.cut()
    }

    private fun <T> guarded(step: () -> T): T = try {
        step()
    } catch (fault: Exception) {
        cut()
        throw if (isAbandoned) ChannelFault.aborted() else ChannelFault.of(fault)
    }
}
