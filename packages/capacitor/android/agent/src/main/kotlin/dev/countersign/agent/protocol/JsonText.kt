package dev.countersign.agent.protocol

/** A flat JSON object in the order of its members, without spaces; a null member is left out. Values are text, whole numbers or such objects. */
internal fun toJson(vararg members: Pair<String, Any?>): String =
    members.filter { it.second != null }.joinToString(",", "{", "}") { (name, value) -> "${quoted(name)}:${valueText(value)}" }

/** JSON text that stands as it is. */
internal class RawJson(val text: String)

private fun valueText(value: Any?): String = when (value) {
    is String -> quoted(value)
    is Long -> value.toString()
    is RawJson -> value.text
    else -> throw IllegalArgumentException("no JSON form")
}

internal fun quoted(text: String): String {
    val quoted = StringBuilder("\"")
    for ((index, character) in text.withIndex()) {
        val short = "\"\\\b\u000c\n\r\t".indexOf(character)
        when {
            short >= 0 -> quoted.append('\\').append("\"\\bfnrt"[short])
            character < ' ' || isLone(text, index) -> quoted.append("\\u%04x".format(character.code))
            else -> quoted.append(character)
        }
    }
    return quoted.append('"').toString()
}

private fun isLone(text: String, index: Int): Boolean {
    val character = text[index]
    if (character.isHighSurrogate()) return text.getOrNull(index + 1)?.isLowSurrogate() != true
    return character.isLowSurrogate() && text.getOrNull(index - 1)?.isHighSurrogate() != true
}
