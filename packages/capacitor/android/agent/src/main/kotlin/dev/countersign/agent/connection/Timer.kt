package dev.countersign.agent.connection

import java.util.concurrent.ScheduledThreadPoolExecutor
import java.util.concurrent.TimeUnit

/** Does something later, once, on another thread. */
internal fun interface Timer {
    fun after(milliseconds: Long, work: () -> Unit)
}

/** One thread of its own, which is not there while nothing is due. Work must not block for long. */
internal fun threadTimer(): Timer {
    val pool = ScheduledThreadPoolExecutor(1) { work -> Thread(work, "countersign-timer").apply { isDaemon = true } }
    pool.setKeepAliveTime(1, TimeUnit.SECONDS)
    pool.allowCoreThreadTimeOut(true)
    return Timer { milliseconds, work -> pool.schedule(work, milliseconds, TimeUnit.MILLISECONDS) }
}
