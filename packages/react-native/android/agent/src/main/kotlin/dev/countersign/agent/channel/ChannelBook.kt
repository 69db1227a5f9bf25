package dev.countersign.agent.channel

import android.content.Context
import dev.countersign.agent.device.InstanceFiles
import java.io.IOException

/**
 * What the signed manifest last said of every API's channel, for connections that the agent does not carry itself. It is kept on the device, so
 * that connections made before JavaScript runs are held to the last that was known. A stored text that does not parse, or cannot be read, is as none:
 * the device's store alone decides then, as on the very first start. One that could not be read is tried again whenever it is asked for.
 */
class ChannelBook internal constructor(private val load: () -> String?, private val save: (String) -> Unit) {
    private var text: String? = null

    @Volatile private var policies: Map<Pair<String, Int>, ChannelPolicy> = emptyMap()

    /** Grows whenever what is said changes: clients and connections made under another version were proven by other policies. */
    @Volatile var version: Long = 0
        private set

    @Volatile private var isRead = false

    init {
        read()
    }

    /** Null where the manifest says nothing of this host and port. */
    fun policyOf(host: String, port: Int): ChannelPolicy? {
        if (!isRead) read()
        return policies[plainHost(host) to port]
    }

    /**
     * Takes these for all that is said, at once, and keeps them. Throws IllegalArgumentException for more than a manifest can say and for two policies of one
     * place: what was said before stays. Throws IOException where they hold but could not be kept.
     */
    @Synchronized
    fun hold(channels: List<HostChannel>) {
        val said = writeChannels(channels)
        if (said == text) return
        policies = requireNotNull(byPlace(channels)) { "one place has two policies" }
        isRead = true
        version += 1
        save(said)
        // Not before it is kept: the same, said again, tries again.
        text = said
    }

    @Synchronized
    private fun read() {
        if (isRead) return
        val found = try {
            load()
        } catch (_: IOException) {
            return
        }
        found?.let(::parseChannels)?.let(::byPlace)?.let {
            policies = it
            text = found
            version += 1
        }
        isRead = true
    }

    private fun byPlace(channels: List<HostChannel>): Map<Pair<String, Int>, ChannelPolicy>? {
        val made = HashMap<Pair<String, Int>, ChannelPolicy>()
        for ((host, port, policy) in channels) {
            val known = made.put(host to port, policy)
            if (known != null && known != policy) return null
        }
        return made
    }

    companion object {
        private const val NAME = "native:channels"
        private var book: ChannelBook? = null

        /** The one book of this process. Reads a file the first time. */
        @Synchronized
        fun of(context: Context): ChannelBook = book ?: InstanceFiles(context.applicationContext).let { files ->
            ChannelBook({ files.read(NAME) }, { files.write(NAME, it) })
        }.also { book = it }
    }
}
