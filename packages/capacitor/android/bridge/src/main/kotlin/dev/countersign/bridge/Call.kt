package dev.countersign.bridge

import dev.countersign.agent.connection.ChannelFault
import dev.countersign.agent.keys.KeyFault
import java.util.concurrent.Executor
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.ThreadFactory
import java.util.concurrent.ThreadPoolExecutor
import java.util.concurrent.TimeUnit

/** One call: [begin] is done on the caller's thread and does not block; what it gives back is done on one of [where]'s and may. */
internal class Call(private val where: Executor, private val begin: (Asked) -> () -> Any) {
    fun run(of: Map<String, Any?>, answer: (Map<String, Any?>) -> Unit) {
        val rest = try {
            begin(Asked(of))
        } catch (fault: Exception) {
            return answer(faultOf(fault))
        }
        where.execute { answer(answered(rest)) }
    }
}

/** A call whose whole work may block. */
internal fun Executor.call(make: (Asked) -> Any) = Call(this) { of -> { make(of) } }

/** A thread on which calls are done one after another, in the order in which they were made. It is not there while nobody calls. */
internal class Lane(name: String) : Executor {
    private val pool = ThreadPoolExecutor(1, 1, 30, TimeUnit.SECONDS, LinkedBlockingQueue(), daemons(name)).apply { allowCoreThreadTimeOut(true) }

    override fun execute(command: Runnable) = pool.execute(command)
}

internal fun daemons(name: String) = ThreadFactory { work ->
    Thread(work, "countersign-$name").apply { isDaemon = true }
}

internal fun fault(code: String, message: String?): Map<String, Any?> = mapOf("fault" to mapOf("code" to code, "message" to message))

/** What was made as `value`, or why it was not as `fault`: an exception would lose its code on the way. */
private fun answered(make: () -> Any): Map<String, Any?> = try {
    val made = make()
    mapOf("value" to (if (made is Unit) true else made))
} catch (fault: Exception) {
    faultOf(fault)
}

private fun faultOf(fault: Exception): Map<String, Any?> = when (fault) {
    is KeyFault -> fault(fault.code, fault.message)
    is ChannelFault -> fault(fault.code, fault.message)
    is IllegalArgumentException -> fault("unsupported", fault.message)
    else -> fault("unavailable", "the native half did not answer")
}
