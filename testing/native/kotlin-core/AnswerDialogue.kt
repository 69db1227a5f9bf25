package dev.countersign.core

import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import java.util.concurrent.TimeoutException

private val asked = Regex("countersign\\.ask\\(([0-9]+),.*")

/** Answers each ask on its one thread, as a WebView does. */
private class OneThread(private val host: ScriptHost) : ScriptEngine {
    private val thread = Executors.newSingleThreadExecutor { Thread(it).apply { isDaemon = true } }

    override fun run(statement: String) {
        val id = asked.matchEntire(statement)?.groupValues?.get(1)?.toLong() ?: return
        thread.execute { host.answer(id, "{\"value\":true}") }
    }

    override fun close() = Unit
}

private class NoHalf : NativeHalf {
    override fun callText(name: String, of: String, answer: (String) -> Unit) = Unit

    override fun randomBytes(length: Int): String = ""

    override fun continuousMs(): Double = 0.0
}

private fun isAnswered(of: CompletableFuture<*>): Boolean = try {
    of.get(10, TimeUnit.SECONDS)
    true
} catch (_: TimeoutException) {
    false
}

/** What an app may do with an answer: asks again, and waits for that. */
fun main() {
    val agent = HostedAgent(NoHalf(), ::OneThread)
    println(agent.ask("token", "{}").thenApply { isAnswered(agent.ask("token", "{}")) }.get())
}
