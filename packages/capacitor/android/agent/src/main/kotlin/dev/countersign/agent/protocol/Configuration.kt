package dev.countersign.agent.protocol

/** What the native part needs of the configuration string (protocol section 2); public, compiled into the app. */
class Configuration private constructor(val isDevelopment: Boolean, val host: String, internal val project: ByteArray) {
    /** b64u */
    val projectId: String = encodeBase64Url(project)

    companion object {
        private val pattern = Regex("(cs1|csd1)~([a-z0-9.-]{1,253}(?::[0-9]{1,5})?)~([A-Za-z0-9_-]{22})~([A-Za-z0-9_-]{43})~([A-Za-z0-9_-]{43})")

        /** Throws IllegalArgumentException for what is no configuration string of version 1. */
        fun parse(text: String): Configuration {
            val (kind, host, project, root, recovery) =
                requireNotNull(pattern.matchEntire(text)) { "no configuration string of version 1" }.destructured
            val keys = listOf(root, recovery).map(::decodeBase64Url)
            val id = decodeBase64Url(project)
            require(id != null && id.size == 16 && keys.all { it != null && it.size == 32 }) { "no configuration string of version 1" }
            require(root != recovery) { "root and recovery are one key" }
            return Configuration(kind == "csd1", host, id)
        }
    }
}
