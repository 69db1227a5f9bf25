package dev.countersign.agent.connection

private val token = Regex("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
private val targetForm = Regex("/[!-~]*|\\*")
private val fieldValue = Regex("(?:[!-~\\u0080-\\u00ff](?:[\\t -~\\u0080-\\u00ff]*[!-~\\u0080-\\u00ff])?)?")
private val hostForm = Regex("[a-z0-9.-]{1,253}|\\[[0-9a-f:.]{2,45}]")

internal fun isToken(text: String): Boolean = token.matches(text)

/**
 * The head of a request (RFC 9112 §3 and §5): `Host`, [lines] of this side's, and the caller's [headers]. Throws IllegalArgumentException where a part of
 * the caller's could end a line, or [isOurs] says that a header, in lower case, is not the caller's to write.
 */
internal fun writeHead(
    method: String,
    target: String,
    peer: Peer,
    lines: List<String>,
    headers: List<Pair<String, String>>,
    isOurs: (String) -> Boolean,
): ByteArray {
    require(isToken(method) && method != "CONNECT") { "no method" }
    require(targetForm.matches(target)) { "no target" }
    require(hostForm.matches(peer.host) && peer.port in 1..65535) { "no host" }
    for ((name, value) in headers) {
        require(isToken(name) && fieldValue.matches(value)) { "no header" }
        require(!isOurs(name.lowercase())) { "$name is not the caller's to write" }
    }
    val all = listOf("$method $target HTTP/1.1", "Host: ${peer.hostField}") + lines + headers.map { (name, value) -> "$name: $value" }
    return (all.joinToString("\r\n") + "\r\n\r\n").toByteArray(Charsets.ISO_8859_1)
}
