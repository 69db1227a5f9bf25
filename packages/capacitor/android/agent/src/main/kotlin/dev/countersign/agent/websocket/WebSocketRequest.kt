package dev.countersign.agent.websocket

import dev.countersign.agent.channel.ChannelPolicy
import dev.countersign.agent.connection.AnswerHead
import dev.countersign.agent.connection.ChannelFault
import dev.countersign.agent.connection.Peer
import dev.countersign.agent.connection.isToken
import dev.countersign.agent.connection.writeHead
import dev.countersign.agent.protocol.encodeBase64
import java.security.MessageDigest

/** An opening as it is to be written: no extension is offered, no redirect followed, no cookie kept. */
class WebSocketRequest(
    /** False for plain ws, which is spoken to this very device alone. */
    secure: Boolean,
    host: String,
    port: Int,
    /** Path and query. */
    val target: String,
    val headers: List<Pair<String, String>>,
    /** Subprotocols, in the caller's order. */
    val protocols: List<String>,
    policy: ChannelPolicy,
) {
    internal val peer = Peer(secure, host, port, policy)

    /** RFC 6455 §4.1 with a key of 16 bytes that were drawn for it. Throws IllegalArgumentException for what cannot be written. */
    internal fun head(key: ByteArray): ByteArray {
        require(protocols.all(::isToken) && protocols.distinct().size == protocols.size) { "no subprotocols" }
        val lines = listOfNotNull(
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Key: ${encodeBase64(key)}",
            "Sec-WebSocket-Version: 13",
            if (protocols.isEmpty()) null else "Sec-WebSocket-Protocol: ${protocols.joinToString(", ")}",
        )
        return writeHead("GET", target, peer, lines, headers) { it in ours || it.startsWith("sec-websocket-") }
    }

    /** The subprotocol that the peer took; empty where none. Throws ChannelFault where the answer is no yes to this very opening (RFC 6455 §4.1). */
    internal fun protocolOf(answer: AnswerHead, key: ByteArray): String {
        val isYes = answer.status == 101 && answer.words("upgrade") == listOf("websocket") && "upgrade" in answer.words("connection")
        val isForKey = answer.values("sec-websocket-accept") == listOf(acceptOf(key))
        if (!isYes || !isForKey || answer.values("sec-websocket-extensions").isNotEmpty()) throw notOpened()
        val taken = answer.values("sec-websocket-protocol")
        if (taken.isEmpty()) return ""
        return taken.singleOrNull()?.takeIf { it in protocols } ?: throw notOpened()
    }

    private fun notOpened() = ChannelFault.network("the peer opened no WebSocket")

    private companion object {
        val ours = setOf("host", "connection", "upgrade", "content-length", "transfer-encoding", "te", "trailer", "keep-alive", "proxy-connection", "expect")
    }
}

/** What proves that the peer read this opening and speaks this protocol; a digest that protects nothing (RFC 6455 §1.3). */
internal fun acceptOf(key: ByteArray): String {
    val text = encodeBase64(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    return encodeBase64(MessageDigest.getInstance("SHA-1").digest(text.toByteArray(Charsets.US_ASCII)))
}
