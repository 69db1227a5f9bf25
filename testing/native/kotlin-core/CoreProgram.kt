package dev.countersign.core

import dev.countersign.agent.protocol.JsonValue
import dev.countersign.agent.protocol.decodeBase64Url
import dev.countersign.agent.protocol.encodeBase64Url
import dev.countersign.agent.protocol.parseStrictJson
import dev.countersign.agent.protocol.quoted
import java.util.concurrent.CancellationException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.ExecutionException
import java.util.concurrent.atomic.AtomicLong
import kotlin.concurrent.thread
import kotlin.system.exitProcess

// Runs the core behind lines of JSON: what the native half is asked goes out, and what it answers comes in. The first line is the script.

private fun say(line: String) = synchronized(System.out) { println(line) }

private fun membersOf(line: String): JsonValue.Members? = parseStrictJson(line, 16) as? JsonValue.Members

private fun JsonValue.Members.number(name: String): Double = (members[name] as? JsonValue.Number)?.value ?: 0.0

private fun JsonValue.Members.id(): Long = number("id").toLong()

/** An engine in a process of its own. */
private class PipedEngine(command: List<String>, script: String, host: ScriptHost) : ScriptEngine {
    private val process = ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start()
    private val input = process.outputStream.bufferedWriter()

    init {
        run(script)
        thread(isDaemon = true) {
            process.inputStream.bufferedReader().forEachLine { asked(host, membersOf(it) ?: return@forEachLine) }
            host.gone()
        }
    }

    override fun run(statement: String) = synchronized(input) {
        input.write(quoted(statement) + "\n")
        input.flush()
    }

    override fun close() = process.destroy()

    private fun asked(host: ScriptHost, line: JsonValue.Members) = when (line.text("kind")) {
        "call" -> host.call(line.id(), line.text("name") ?: "", line.text("of") ?: "")
        "after" -> host.after(line.id(), line.number("delayMs"))
        else -> host.answer(line.id(), line.text("text") ?: "")
    }
}

/** A native half at the other end of the pipe. */
private class PipedHalf : NativeHalf {
    private val waiting = ConcurrentHashMap<Long, (String) -> Unit>()
    private val calls = AtomicLong()

    override fun callText(name: String, of: String, answer: (String) -> Unit) {
        val id = calls.incrementAndGet()
        waiting[id] = answer
        say("{\"kind\":\"call\",\"id\":$id,\"name\":${quoted(name)},\"of\":${quoted(of)}}")
    }

    fun answered(id: Long, text: String) = waiting.remove(id)?.invoke(text) ?: Unit

    override fun randomBytes(length: Int): String = ""

    override fun continuousMs(): Double = 0.0

    override fun abandonAll() = Unit
}

/** A request goes the way of an app's own. */
private fun requestOf(of: JsonValue.Members): AgentRequest = AgentRequest(
    of.text("url") ?: "",
    of.text("method") ?: "",
    (of.members["headers"] as? JsonValue.Items)?.items.orEmpty().map { pair ->
        val (name, value) = (pair as JsonValue.Items).items.map { (it as JsonValue.Text).text }
        name to value
    },
    of.text("body")?.let(::decodeBase64Url),
)

private fun answerOf(response: AgentResponse): String =
    "{\"status\":${response.status},\"url\":${quoted(response.url)},\"body\":${quoted(encodeBase64Url(response.body))}}"

private fun faultOf(error: Throwable): String {
    if (error is CancellationException) return "{\"fault\":{\"code\":\"aborted\",\"message\":\"cancelled\"}}"
    val fault = (if (error is ExecutionException) error.cause else error) as? CountersignException
    return "{\"fault\":{\"code\":${quoted(fault?.code ?: "other")},\"message\":${quoted(fault?.message ?: error.toString())},\"arc\":${quoted(fault?.arc ?: "")}}}"
}

private fun textOf(value: JsonValue): String = when (value) {
    is JsonValue.Text -> quoted(value.text)
    is JsonValue.Number -> value.value.toString()
    is JsonValue.Truth -> value.value.toString()
    is JsonValue.Items -> value.items.joinToString(",", "[", "]", transform = ::textOf)
    is JsonValue.Members -> value.members.entries.joinToString(",", "{", "}") { (name, member) -> "${quoted(name)}:${textOf(member)}" }
    JsonValue.Null -> "null"
}

fun main(command: Array<String>) {
    val script = (parseStrictJson(readln(), 2) as JsonValue.Text).text
    val half = PipedHalf()
    var engine: ScriptEngine? = null
    val agent = HostedAgent(half) { host -> PipedEngine(command.toList(), script, host).also { engine = it } }
    val asks = ConcurrentHashMap<Long, CompletableFuture<JsonValue>>()
    generateSequence(::readlnOrNull).mapNotNull(::membersOf).forEach { told ->
        val id = told.id()
        when (told.text("kind")) {
            "answered" -> half.answered(id, told.text("text") ?: "")
            "cancel" -> asks[id]?.cancel(false)
            else -> {
                val name = told.text("name") ?: ""
                val of = told.text("of") ?: "{}"
                val asked = agent.ask(name, if (name == "fetch") requestOf(membersOf(of)!!).toJson() else of)
                asks[id] = asked
                asked.whenComplete { value, error ->
                    val text = if (error != null) faultOf(error) else "{\"value\":${if (name == "fetch") answerOf(responseOf(value)) else textOf(value)}}"
                    say("{\"kind\":\"answer\",\"id\":$id,\"text\":${quoted(text)}}")
                }
            }
        }
    }
    engine?.close()
    exitProcess(0)
}
