package dev.countersign.bridge

import dev.countersign.agent.protocol.JsonValue
import dev.countersign.agent.protocol.parseStrictJson
import dev.countersign.agent.protocol.quoted

/** The members of one JSON object as plain maps, lists, text, Double, Boolean and null; null for every other text. */
internal fun parseMembers(text: String): Map<String, Any?>? = (parseStrictJson(text) as? JsonValue.Members)?.members?.mapValues { plain(it.value) }

private fun plain(value: JsonValue): Any? = when (value) {
    is JsonValue.Text -> value.text
    is JsonValue.Number -> value.value
    is JsonValue.Truth -> value.value
    is JsonValue.Items -> value.items.map(::plain)
    is JsonValue.Members -> value.members.mapValues { plain(it.value) }
    JsonValue.Null -> null
}

/** JSON text of such a value, or of an Int or Long in it. Throws IllegalArgumentException for anything else. */
internal fun writeJson(value: Any?): String = when (value) {
    null -> "null"
    is String -> quoted(value)
    is Boolean, is Int, is Long -> value.toString()
    is Double -> if (value == Math.rint(value) && Math.abs(value) < 9e15) value.toLong().toString() else finite(value).toString()
    is List<*> -> value.joinToString(",", "[", "]", transform = ::writeJson)
    is Map<*, *> -> value.entries.joinToString(",", "{", "}") { (name, each) -> "${quoted(name as String)}:${writeJson(each)}" }
    else -> throw IllegalArgumentException("no JSON form")
}

private fun finite(value: Double): Double = value.also { require(it.isFinite()) { "no JSON form" } }
