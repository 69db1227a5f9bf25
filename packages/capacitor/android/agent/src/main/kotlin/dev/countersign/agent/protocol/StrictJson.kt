package dev.countersign.agent.protocol

import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException
import java.nio.charset.CodingErrorAction

internal sealed interface JsonValue {
    data class Text(val text: String) : JsonValue

    data class Number(val value: Double) : JsonValue

    data class Truth(val value: Boolean) : JsonValue

    data class Items(val items: List<JsonValue>) : JsonValue

    data class Members(val members: Map<String, JsonValue>) : JsonValue {
        fun text(name: String): String? = (members[name] as? Text)?.text
    }

    data object Null : JsonValue
}

/**
 * Reads a JSON text as protocol section 1 has it: UTF-8 without byte order mark, no member twice, no lone surrogate, no number beyond 2^53-1,
 * at most [maxDepth] levels. Null for everything else: two readers of one signed text must not see two statements.
 */
internal fun parseStrictJson(bytes: ByteArray, maxDepth: Int = 8): JsonValue? {
    val decoder = Charsets.UTF_8.newDecoder()
        .onMalformedInput(CodingErrorAction.REPORT)
        .onUnmappableCharacter(CodingErrorAction.REPORT)
    return try {
        parseStrictJson(decoder.decode(ByteBuffer.wrap(bytes)).toString(), maxDepth)
    } catch (_: CharacterCodingException) {
        null
    }
}

/** The same of text that was decoded already. */
internal fun parseStrictJson(text: String, maxDepth: Int = 8): JsonValue? = try {
    JsonReader(text, maxDepth).read()
} catch (_: NotJson) {
    null
}

private class NotJson : Exception() {
    override fun fillInStackTrace(): Throwable = this
}

private val number = Regex("-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
private const val GREATEST_INTEGER = 9007199254740991.0

private class JsonReader(private val text: String, private val maxDepth: Int) {
    private var at = 0

    fun read(): JsonValue {
        val value = value(0)
        space()
        if (at != text.length) throw NotJson()
        return value
    }

    private fun value(depth: Int): JsonValue {
        space()
        return when (text.getOrNull(at)) {
            '{' -> members(depth + 1)
            '[' -> items(depth + 1)
            '"' -> JsonValue.Text(string())
            't' -> word("true", JsonValue.Truth(true))
            'f' -> word("false", JsonValue.Truth(false))
            'n' -> word("null", JsonValue.Null)
            else -> number()
        }
    }

    private fun members(depth: Int): JsonValue {
        enter(depth)
        val members = LinkedHashMap<String, JsonValue>()
        if (ends('}')) return JsonValue.Members(members)
        while (true) {
            space()
            val name = string()
            space()
            take(':')
            if (name in members) throw NotJson()
            members[name] = value(depth)
            if (ends('}')) return JsonValue.Members(members)
            take(',')
        }
    }

    private fun items(depth: Int): JsonValue {
        enter(depth)
        val items = ArrayList<JsonValue>()
        if (ends(']')) return JsonValue.Items(items)
        while (true) {
            items.add(value(depth))
            if (ends(']')) return JsonValue.Items(items)
            take(',')
        }
    }

    private fun enter(depth: Int) {
        if (depth > maxDepth) throw NotJson()
        at += 1
    }

    private fun ends(bracket: Char): Boolean {
        space()
        if (text.getOrNull(at) != bracket) return false
        at += 1
        return true
    }

    private fun take(character: Char) {
        if (text.getOrNull(at) != character) throw NotJson()
        at += 1
    }

    private fun space() {
        while (at < text.length && text[at] in " \t\n\r") at += 1
    }

    private fun word(word: String, value: JsonValue): JsonValue {
        if (!text.startsWith(word, at)) throw NotJson()
        at += word.length
        return value
    }

    private fun number(): JsonValue {
        val found = number.matchAt(text, at)?.value ?: throw NotJson()
        val value = found.toDouble()
        if (value > GREATEST_INTEGER || value < -GREATEST_INTEGER) throw NotJson()
        at += found.length
        return JsonValue.Number(value)
    }

    private fun string(): String {
        take('"')
        val read = StringBuilder()
        while (true) {
            val character = text.getOrNull(at) ?: throw NotJson()
            at += 1
            when {
                character == '"' -> return read.toString().also { if (hasLoneSurrogate(it)) throw NotJson() }
                character == '\\' -> read.append(escaped())
                character < ' ' -> throw NotJson()
                else -> read.append(character)
            }
        }
    }

    private fun escaped(): Char {
        val character = text.getOrNull(at) ?: throw NotJson()
        at += 1
        return when (character) {
            '"', '\\', '/' -> character
            'b' -> '\b'
            'f' -> '\u000c'
            'n' -> '\n'
            'r' -> '\r'
            't' -> '\t'
            'u' -> unicode()
            else -> throw NotJson()
        }
    }

    private fun unicode(): Char {
        val digits = text.substring(at, minOf(at + 4, text.length))
        if (digits.length < 4 || digits.any { it !in "0123456789abcdefABCDEF" }) throw NotJson()
        at += 4
        return digits.toInt(16).toChar()
    }
}

private fun hasLoneSurrogate(text: String): Boolean {
    var index = 0
    while (index < text.length) {
        val isPair = text[index].isHighSurrogate() && text.getOrNull(index + 1)?.isLowSurrogate() == true
        if (!isPair && text[index].isSurrogate()) return true
        index += if (isPair) 2 else 1
    }
    return false
}
