package dev.countersign.agent.exchange

import dev.countersign.agent.channel.ChannelPolicy

/** A request as it is to be written, to the letter: no header but `Host` and framing is added, no redirect followed, no cookie kept. */
class ExchangeRequest(
    /** False for plain http, which is spoken to this very device alone. */
    val secure: Boolean,
    val host: String,
    val port: Int,
    /** Path and query. */
    val target: String,
    val method: String,
    val headers: List<Pair<String, String>>,
    /** Null where there is none, or where it comes in pieces. */
    val body: ByteArray?,
    /** Whether the body comes in pieces, and its bytes where that is known. */
    val upload: Upload?,
    val policy: ChannelPolicy,
) {
    class Upload(val length: Long?)

    internal val framing: String? = when {
        upload != null -> upload.length?.let { "Content-Length: $it" } ?: "Transfer-Encoding: chunked"
        body != null -> "Content-Length: ${body.size}"
        method == "POST" || method == "PUT" || method == "PATCH" -> "Content-Length: 0"
        else -> null
    }
}

private val token = Regex("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
private val targetForm = Regex("/[!-~]*|\\*")
private val fieldValue = Regex("(?:[!-~\\u0080-\\u00ff](?:[\\t -~\\u0080-\\u00ff]*[!-~\\u0080-\\u00ff])?)?")
private val hostForm = Regex("[a-z0-9.-]{1,253}|\\[[0-9a-f:.]{2,45}]")
private val ours = setOf("host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "proxy-connection", "expect")

/** The head of the request (RFC 9112 §3 and §5). Throws IllegalArgumentException where a part could end a line, or is this side's to write. */
internal fun requestHead(request: ExchangeRequest): ByteArray {
    require(token.matches(request.method) && request.method != "CONNECT") { "no method" }
    require(targetForm.matches(request.target)) { "no target" }
    require(hostForm.matches(request.host) && request.port in 1..65535) { "no host" }
    for ((name, value) in request.headers) {
        require(token.matches(name) && fieldValue.matches(value)) { "no header" }
        require(name.lowercase() !in ours) { "$name is not the caller's to write" }
    }
    val isDefault = request.port == (if (request.secure) 443 else 80)
    val lines = listOfNotNull(
        "${request.method} ${request.target} HTTP/1.1",
        "Host: ${request.host}${if (isDefault) "" else ":${request.port}"}",
        "Connection: close",
        request.framing,
    ) + request.headers.map { (name, value) -> "$name: $value" }
    return (lines.joinToString("\r\n") + "\r\n\r\n").toByteArray(Charsets.ISO_8859_1)
}
