package dev.countersign.core

import dev.countersign.agent.protocol.JsonValue
import dev.countersign.agent.protocol.parseStrictJson
import dev.countersign.agent.protocol.quoted
import java.util.concurrent.CancellationException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.Executors
import java.util.concurrent.ScheduledExecutorService
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicLong

/** The agent in its engine: asks go in, and each is answered once. */
internal class HostedAgent(private val native: NativeHalf, engineOf: (ScriptHost) -> ScriptEngine) : ScriptHost {
    private val waiting = ConcurrentHashMap<Long, CompletableFuture<JsonValue>>()
    private val asks = AtomicLong()

    /** Whether the engine is gone: nothing is answered any more. */
    @Volatile
    var isGone = false
        private set
    private val engine = engineOf(this)

    /** What the agent answers; a [CountersignException] where it does not. `of` is JSON of one object. Cancelled, its request is given up. */
    fun ask(name: String, of: String): CompletableFuture<JsonValue> {
        val id = asks.incrementAndGet()
        val asked = CompletableFuture<JsonValue>()
        asked.whenComplete { _, error -> if (error is CancellationException) abandon(id) }
        waiting[id] = asked
        engine.run("countersign.ask($id,${quoted(name)},${quoted(of)})")
        if (isGone) answerAll()
        return asked
    }

    override fun call(id: Long, name: String, of: String) = native.callText(name, of) { engine.run("countersign.answered($id,${quoted(it)})") }

    override fun after(id: Long, delayMs: Double) {
        timers.schedule({ engine.run("countersign.passed($id)") }, delayMs.coerceIn(0.0, LONGEST_MS).toLong() + 1, TimeUnit.MILLISECONDS)
    }

    override fun answer(id: Long, text: String) {
        val asked = waiting.remove(id) ?: return
        // On no thread of the engine's: it stands still while the app does something with the answer, for ever where that asks again and waits.
        CompletableFuture.runAsync {
            val given = (parseStrictJson(text, MOST_LEVELS) as? JsonValue.Members)?.members
            val value = given?.get("value")
            if (value == null) asked.completeExceptionally(exceptionOf(given?.get("fault"))) else asked.complete(value)
        }
    }

    override fun randomBytes(length: Int): String = native.randomBytes(length)

    override fun continuousMs(): Double = native.continuousMs()

    override fun gone() {
        isGone = true
        native.abandonAll()
        answerAll()
    }

    private fun answerAll() {
        val lost = waiting.keys.mapNotNull(waiting::remove)
        CompletableFuture.runAsync { for (asked in lost) asked.completeExceptionally(exceptionOf(null)) }
    }

    private fun abandon(id: Long) {
        if (waiting.remove(id) != null) engine.run("countersign.ask(0,\"abandon\",\"{\\\"ask\\\":$id}\")")
    }

    private companion object {
        const val LONGEST_MS = 86_400_000.0
        const val MOST_LEVELS = 16

        val timers: ScheduledExecutorService = Executors.newSingleThreadScheduledExecutor {
            Thread(it, "countersign-timers").apply { isDaemon = true }
        }
    }
}
