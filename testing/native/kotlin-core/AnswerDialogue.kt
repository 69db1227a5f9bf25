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
        if (isOpen) thread.execute { host.answer(id, "{\"value\":true}") }
    }

    override fun close() = Unit

    companion object {
        var isOpen = true
    }
}

private class NoHalf : NativeHalf {
    var isAbandoned = false

    override fun callText(name: String, of: String, answer: (String) -> Unit) = Unit

    override fun randomBytes(length: Int): String = ""

    override fun continuousMs(): Double = 0.0

    override fun abandonAll() {
        isAbandoned = true
    }
}

private fun isAnswered(of: CompletableFuture<*>): Boolean = try {
    of.get(10, TimeUnit.SECONDS)
    true
} catch (_: TimeoutException) {
    false
}

/** What an app may do with an answer: asks again, and waits for that. Then the engine goes, and with it what it had under way. */
fun main() {
    val half = NoHalf()
    val agent = HostedAgent(half, ::OneThread)
    println(agent.ask("token", "{}").thenApply { isAnswered(agent.ask("token", "{}")) }.get())
    OneThread.isOpen = false
    agent.gone()
    println(half.isAbandoned)
    println(agent.ask("token", "{}").handle { _, fault -> fault is CountersignException }.get(10, TimeUnit.SECONDS))
}
