package dev.countersign.agent.connection

import java.io.BufferedInputStream
import java.io.IOException
import java.io.OutputStream
import java.net.Socket
import java.net.SocketTimeoutException

/** An open connection whose peer has proved itself. [socket] is what is spoken through, [below] what it goes over. */
internal class Connection(private val socket: Socket, private val below: Socket, val openedAtMs: Long) {
    val input = BufferedInputStream(socket.getInputStream(), 32 * 1024)
    val output: OutputStream = socket.getOutputStream()

    /** Waits for a byte, which is left to be read. False where the peer ended the connection instead. */
    fun hasMore(): Boolean {
        input.mark(1)
        if (input.read() < 0) return false
        input.reset()
        return true
    }

    /** Whether nothing came that nobody has read. */
    fun isEmpty(): Boolean = input.available() == 0

    /** Whether the peer neither ended the connection nor said anything: looks for a moment. */
    fun isQuiet(): Boolean = try {
        socket.soTimeout = 1
        input.read()
        false
    } catch (_: SocketTimeoutException) {
        true
    } catch (_: IOException) {
        false
    } finally {
        try {
            socket.soTimeout = 0
        } catch (_: IOException) {
            // It is gone: whoever reads it next is told.
        }
    }

    /** Ends it as TLS has it. */
    fun close() {
        quietly(socket::close)
        cut()
    }

    /** Ends it at once, from any thread, whatever is being read or written. */
    fun cut() = quietly(below::close)
}

internal fun quietly(step: () -> Unit) = try {
    step()
} catch (_: IOException) {
    // It is gone either way.
}
