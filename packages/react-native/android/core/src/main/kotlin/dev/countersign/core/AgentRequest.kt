package dev.countersign.core

import dev.countersign.agent.protocol.JsonValue
import dev.countersign.agent.protocol.decodeBase64Url
import dev.countersign.agent.protocol.encodeBase64Url
import dev.countersign.agent.protocol.quoted

/** A request of the app's. Placeholders stand where secrets are to be. */
class AgentRequest(
    val url: String,
    val method: String = "GET",
    val headers: List<Pair<String, String>> = emptyList(),
    val body: ByteArray? = null,
) {
    internal fun toJson(): String {
        val pairs = headers.joinToString(",", "[", "]") { (name, value) -> "[${quoted(name)},${quoted(value)}]" }
        val text = body?.let { quoted(encodeBase64Url(it)) } ?: "null"
        return "{\"url\":${quoted(url)},\"method\":${quoted(method)},\"headers\":$pairs,\"body\":$text}"
    }
}

/** Its answer, whole. */
class AgentResponse internal constructor(
    val status: Int,
    /** The last hop's URL with its placeholders: never a secret. */
    val url: String,
    /** As the API sent them; names in lower case. */
    val headers: List<Pair<String, String>>,
    val body: ByteArray,
)

internal fun responseOf(answer: JsonValue): AgentResponse {
    val members = answer as? JsonValue.Members ?: throw exceptionOf(null)
    val status = (members.members["status"] as? JsonValue.Number)?.value?.toInt()
    val headers = (members.members["headers"] as? JsonValue.Items)?.items.orEmpty().map(::headerOf)
    val body = members.text("body")?.let(::decodeBase64Url)
    val url = members.text("url")
    if (status == null || body == null || url == null) throw exceptionOf(null)
    return AgentResponse(status, url, headers, body)
}

private fun headerOf(pair: JsonValue): Pair<String, String> {
    val (name, value) = (pair as? JsonValue.Items)?.items?.takeIf { it.size == 2 } ?: throw exceptionOf(null)
    return ((name as? JsonValue.Text)?.text ?: throw exceptionOf(null)) to ((value as? JsonValue.Text)?.text ?: throw exceptionOf(null))
}
