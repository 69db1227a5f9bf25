package dev.countersign.agent

import java.util.concurrent.FutureTask
import java.util.concurrent.TimeUnit

/** Collects what tests found: one line for each, `ok` or `failed`, a tab, its name, and why it failed. */
internal class Checks {
    fun check(name: String, body: () -> Unit) {
        val fault = try {
            body()
            null
        } catch (thrown: Throwable) {
            thrown
        }
        val causes = generateSequence(fault) { it.cause }.joinToString(" <- ") { it.toString().replace('\n', ' ') }
        println(if (fault == null) "ok\t$name" else "failed\t$name\t$causes")
    }
}

internal fun assertEquals(expected: Any?, actual: Any?) {
    if (expected != actual) throw AssertionError("expected $expected, got $actual")
}

internal fun assertTrue(truth: Boolean, what: String = "not true") {
    if (!truth) throw AssertionError(what)
}

internal inline fun <reified T : Throwable> assertThrows(body: () -> Unit): T {
    try {
        body()
    } catch (thrown: Throwable) {
        if (thrown is T) return thrown
        throw AssertionError("threw $thrown", thrown)
    }
    throw AssertionError("threw nothing")
}

/** What a step gives that may wait for ever, and waits too long after 20 seconds. */
internal fun <T> within(step: () -> T): T {
    val done = FutureTask(step)
    Thread(done).apply { isDaemon = true }.start()
    return done.get(20, TimeUnit.SECONDS)
}

fun main() {
    val checks = Checks()
    bytesTests(checks)
    statementTests(checks)
    deviceTests(checks)
    proofTests(checks)
    signalTests(checks)
    channelTests(checks)
    channelBookTests(checks)
    hostNameTests(checks)
    keystoreTests(checks)
    exchangeTests(checks)
    keptConnectionTests(checks)
    webSocketTests(checks)
    loopbackTests(checks)
}
