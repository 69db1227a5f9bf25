package dev.countersign.bridge

import dev.countersign.agent.channel.ChannelPolicy
import dev.countersign.agent.protocol.decodeBase64Url

/** What is no port is left for the request to refuse. */
internal fun portOf(of: Asked): Int = of.whole("port").coerceAtMost(65536).toInt()

internal fun policyOf(of: Asked) = ChannelPolicy(
    of.text("channel"),
    of.texts("pins").toSet(),
    of.texts("roots").map { requireNotNull(decodeBase64Url(it)) { "a root is base64url" } },
)

internal fun headersOf(of: Asked): List<Pair<String, String>> = of.items("headers").map { pair ->
    val (name, value) = requireNotNull((pair as? List<*>)?.takeIf { it.size == 2 }) { "a header is a pair" }
    requireNotNull(name as? String) { "a name is text" } to requireNotNull(value as? String) { "a value is text" }
}
