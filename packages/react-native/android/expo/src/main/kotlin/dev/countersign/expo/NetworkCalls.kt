package dev.countersign.expo

import dev.countersign.agent.channel.ChannelPolicy
import dev.countersign.agent.exchange.ExchangeRequest
import dev.countersign.agent.exchange.Exchanges
import dev.countersign.agent.protocol.decodeBase64Url
import dev.countersign.agent.protocol.encodeBase64Url

/** The calls of `NativeExchangeCalls`, each of which blocks but for [begin]. */
internal class NetworkCalls(private val exchanges: Exchanges) {
    fun begin(of: Asked) = exchanges.begin(of.text("exchange"), requestOf(of))

    fun send(of: Asked): Any {
        val response = exchanges.send(of.text("exchange"))
        return mapOf("status" to response.status, "headers" to response.headers.map { (name, value) -> listOf(name, value) })
    }

    fun receive(of: Asked): Any = mapOf("piece" to exchanges.receive(of.text("exchange"))?.let(::encodeBase64Url))

    fun upload(of: Asked) = exchanges.upload(of.text("exchange"), of.bytesOrNull("piece"))

    fun abandon(of: Asked) = exchanges.abandon(of.text("exchange"))

    private fun requestOf(of: Asked) = ExchangeRequest(
        secure = of.truth("secure"),
        host = of.text("host"),
        port = of.whole("port").coerceAtMost(65536).toInt(),
        target = of.text("target"),
        method = of.text("method"),
        headers = of.items("headers").map(::headerOf),
        body = of.bytesOrNull("body"),
        upload = of.objectOrNull("upload")?.let { ExchangeRequest.Upload(it.wholeOrNull("length")) },
        policy = policyOf(of.of("policy")),
    )

    private fun policyOf(of: Asked) = ChannelPolicy(
        of.text("channel"),
        of.items("pins").map { requireNotNull(it as? String) { "a pin is text" } }.toSet(),
        of.items("roots").map { requireNotNull((it as? String)?.let(::decodeBase64Url)) { "a root is base64url" } },
    )

    private fun headerOf(pair: Any?): Pair<String, String> {
        val (name, value) = requireNotNull((pair as? List<*>)?.takeIf { it.size == 2 }) { "a header is a pair" }
        return requireNotNull(name as? String) { "a name is text" } to requireNotNull(value as? String) { "a value is text" }
    }
}
