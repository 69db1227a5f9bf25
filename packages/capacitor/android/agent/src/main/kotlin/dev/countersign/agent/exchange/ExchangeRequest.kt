package dev.countersign.agent.exchange

import dev.countersign.agent.channel.ChannelPolicy
import dev.countersign.agent.connection.Peer
import dev.countersign.agent.connection.writeHead

/** A request as it is to be written, to the letter: no header but `Host` and framing is added, no redirect followed, no cookie kept. */
class ExchangeRequest(
    /** False for plain http, which is spoken to this very device alone. */
    secure: Boolean,
    host: String,
    port: Int,
    /** Path and query. */
    val target: String,
    val method: String,
    val headers: List<Pair<String, String>>,
    /** Null where there is none, or where it comes in pieces. */
    val body: ByteArray?,
    /** Whether the body comes in pieces, and its bytes where that is known. */
    val upload: Upload?,
    policy: ChannelPolicy,
) {
    class Upload(val length: Long?)

    internal val peer = Peer(secure, host, port, policy)

    /** Whether asking twice asks for nothing more than asking once, and all of it is at hand (RFC 9110 §9.2.1). */
    internal val mayBeRepeated: Boolean = upload == null && (method == "GET" || method == "HEAD" || method == "OPTIONS")

    private val framing: String? = when {
        upload != null -> upload.length?.let { "Content-Length: $it" } ?: "Transfer-Encoding: chunked"
        body != null -> "Content-Length: ${body.size}"
        method == "POST" || method == "PUT" || method == "PATCH" -> "Content-Length: 0"
        else -> null
    }

    /** Throws IllegalArgumentException for what cannot be written. */
    internal fun head(): ByteArray = writeHead(method, target, peer, listOfNotNull(framing), headers) { it in ours }

    private companion object {
        val ours =
            setOf("host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "proxy-connection", "expect")
    }
}
