package dev.countersign.bridge

import android.content.Context
import dev.countersign.agent.device.InstanceFiles
import java.util.concurrent.Executor

/** `NativeStoreCalls`. */
internal fun storeCalls(context: Context, where: Executor): Map<String, Call> {
    val files by lazy { InstanceFiles(context) }
    return mapOf(
        "read" to where.call { mapOf("value" to files.read(it.text("name"))) },
        "write" to where.call { files.write(it.text("name"), it.text("value")) },
        "remove" to where.call { files.remove(it.text("name")) },
    )
}
