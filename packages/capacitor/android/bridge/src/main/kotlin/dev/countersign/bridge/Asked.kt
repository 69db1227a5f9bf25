package dev.countersign.bridge

import dev.countersign.agent.protocol.decodeBase64Url

/** What JavaScript handed to a call: one object of plain JSON. A member that is missing or of another kind is an IllegalArgumentException. */
internal class Asked(private val members: Map<*, *>) {
    fun text(name: String): String = requireNotNull(members[name] as? String) { "$name is text" }

    fun textOrNull(name: String): String? = if (members[name] == null) null else text(name)

    fun bytes(name: String): ByteArray = requireNotNull(decodeBase64Url(text(name))) { "$name is base64url" }

    fun bytesOrNull(name: String): ByteArray? = if (members[name] == null) null else bytes(name)

    fun whole(name: String): Long {
        val value = requireNotNull(members[name] as? Number) { "$name is a number" }.toDouble()
        require(value >= 0 && value <= 9007199254740991.0 && value == Math.floor(value)) { "$name is a whole number" }
        return value.toLong()
    }

    fun wholeOrNull(name: String): Long? = if (members[name] == null) null else whole(name)

    fun truth(name: String): Boolean = requireNotNull(members[name] as? Boolean) { "$name is true or false" }

    fun objectOrNull(name: String): Asked? = if (members[name] == null) null else of(name)

    fun of(name: String): Asked = Asked(requireNotNull(members[name] as? Map<*, *>) { "$name is an object" })

    fun items(name: String): List<*> = requireNotNull(members[name] as? List<*>) { "$name is a list" }

    fun texts(name: String): List<String> = items(name).map { requireNotNull(it as? String) { "$name has texts alone" } }

    fun objects(name: String): List<Asked> = items(name).map { Asked(requireNotNull(it as? Map<*, *>) { "$name has objects alone" }) }
}
