package dev.countersign.core

import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import java.util.concurrent.TimeoutException

private val asked = Regex("countersign\\.ask\\(([0-9]+),\"([a-z]+)\".*")

/** Answers each ask on its one thread, as a WebView does. */
private class OneThread(private val host: ScriptHost) : ScriptEngine {
    private val thread = Executors.newSingleThreadExecutor { Thread(it).apply { isDaemon = true } }

    override fun run(statement: String) {
        val (number, name) = (asked.matchEntire(statement) ?: return).destructured
        val id = number.toLong()
        names += name
        if (isOpen) thread.execute { host.answer(id, "{\"value\":true}") }
    }

    override fun close() = Unit

    companion object {
        var isOpen = true
        val names = mutableListOf<String>()
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

    OneThread.isOpen = true
    OneThread.names.clear()
    val engines = mutableListOf<HostedAgent>()
    val app = CountersignAgent("{}") { HostedAgent(half, ::OneThread).also { engines += it } }
    app.prefetch().get()
    app.background().get()
    engines.last().gone()
    app.prefetch().get()
    app.foreground().get()
    println(OneThread.names)
}
