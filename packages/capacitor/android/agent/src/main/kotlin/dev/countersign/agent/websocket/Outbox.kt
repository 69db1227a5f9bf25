package dev.countersign.agent.websocket

import dev.countersign.agent.connection.ChannelFault
import dev.countersign.agent.connection.quietly
import java.io.OutputStream
import java.util.concurrent.Future
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.ThreadPoolExecutor
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicReference

/**
 * What waits to be written, in its order, on a thread of its own: whoever reads is never held up by a peer that does not read. [draw] gives the bytes of
 * the masks.
 */
internal class Outbox(private val stream: OutputStream, private val mostBytes: Int, private val draw: (Int) -> ByteArray) {
    private val pool = ThreadPoolExecutor(1, 1, 5, TimeUnit.SECONDS, LinkedBlockingQueue()) { work ->
        Thread(work, "countersign-socket").apply { isDaemon = true }
    }.apply { allowCoreThreadTimeOut(true) }
    private val pong = AtomicReference<ByteArray?>()
    private var waiting = 0L
    private var isClosing = false

    /** Null where it does not fit beside what waits. Throws ChannelFault after [close]. */
    @Synchronized
    fun put(opcode: Int, payload: ByteArray): Future<*>? {
        if (isClosing) throw ChannelFault.network("the WebSocket is closing")
        if (waiting + payload.size > mostBytes) return null
        waiting += payload.size
        return pool.submit {
            try {
                write(opcode, payload)
            } finally {
                written(payload.size)
            }
        }
    }

    /** Answers a ping. Where another answer still waits, the latest is enough (RFC 6455 §5.5.3). */
    @Synchronized
    fun pong(payload: ByteArray) {
        if (isClosing) return
        if (pong.getAndSet(payload) == null) pool.execute { quietly { pong.getAndSet(null)?.let { write(Opcode.PONG, it) } } }
    }

    /** Writes the closing frame after all that waits, and nothing after it. False where one was given before. */
    @Synchronized
    fun close(payload: ByteArray): Boolean {
        if (isClosing) return false
        isClosing = true
        pool.execute { quietly { write(Opcode.CLOSE, payload) } }
        return true
    }

    /** Does something when all that was given is written. */
    @Synchronized
    fun whenDone(work: () -> Unit) = pool.execute(work)

    private fun write(opcode: Int, payload: ByteArray) = writeFrame(stream, opcode, payload, draw(4))

    @Synchronized
    private fun written(bytes: Int) {
        waiting -= bytes
    }
}
