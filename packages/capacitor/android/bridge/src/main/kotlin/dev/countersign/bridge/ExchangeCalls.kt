package dev.countersign.bridge

import dev.countersign.agent.exchange.ExchangeRequest
import dev.countersign.agent.exchange.Exchanges
import dev.countersign.agent.protocol.encodeBase64Url
import java.util.concurrent.Executor

/** `NativeExchangeCalls`, each of which blocks: [where] has a thread for each. */
internal fun exchangeCalls(exchanges: Exchanges, where: Executor): Map<String, Call> = mapOf(
    // Named at once, so that what is uploaded or abandoned next finds it.
    "send" to Call(where) { of ->
        val name = of.text("exchange")
        exchanges.begin(name, requestOf(of));
        { send(exchanges, name) }
    },
    "receive" to where.call { mapOf("piece" to exchanges.receive(it.text("exchange"))?.let(::encodeBase64Url)) },
    "upload" to where.call { exchanges.upload(it.text("exchange"), it.bytesOrNull("piece")) },
    "abandon" to where.call { exchanges.abandon(it.text("exchange")) },
)

private fun send(exchanges: Exchanges, name: String): Any {
    val response = exchanges.send(name)
    return mapOf("status" to response.status, "headers" to response.headers.map { (header, value) -> listOf(header, value) })
}

private fun requestOf(of: Asked) = ExchangeRequest(
    secure = of.truth("secure"),
    host = of.text("host"),
    port = portOf(of),
    target = of.text("target"),
    method = of.text("method"),
    headers = headersOf(of),
    body = of.bytesOrNull("body"),
    upload = of.objectOrNull("upload")?.let { ExchangeRequest.Upload(it.wholeOrNull("length")) },
    policy = policyOf(of.of("policy")),
)
