package dev.countersign.agent

import dev.countersign.agent.device.hashOf
import dev.countersign.agent.protocol.Configuration
import dev.countersign.agent.protocol.JsonValue
import dev.countersign.agent.protocol.decodeBase64Url
import dev.countersign.agent.protocol.encodeBase64Url
import dev.countersign.agent.protocol.parseStrictJson
import dev.countersign.agent.protocol.sha256
import dev.countersign.agent.protocol.toRawSignature
import java.math.BigInteger

internal fun bytesTests(checks: Checks) {
    checks.check("reads and writes every base64url vector, and refuses its hostile changes") {
        var refused = 0
        for (vector in vectors("b64u")) {
            val travelled = vector.bytes("travels", "text")
            val text = String(travelled, Charsets.ISO_8859_1)
            if (vector.result != "ok") {
                assertEquals(null, decodeBase64Url(text))
                refused += 1
                continue
            }
            val bytes = vector.bytes("inputs", "bytes")
            assertEquals(text, encodeBase64Url(bytes))
            assertEquals(hex(bytes), decodeBase64Url(text)?.let(::hex))
            for ((_, at, mask, result) in vector.changes) {
                val index = (at as JsonValue.Number).value.toInt()
                val bit = (mask as JsonValue.Number).value.toInt()
                val changed = travelled.copyOf().also { it[index] = (it[index].toInt() xor bit).toByte() }
                val decoded = decodeBase64Url(String(changed, Charsets.ISO_8859_1))
                assertEquals((result as JsonValue.Text).text == "malformed", decoded == null)
            }
        }
        assertTrue(refused >= 12, "only $refused bad texts")
    }

    checks.check("reads strict JSON alone") {
        val bad = listOf(
            "", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{a:1}", "'a'", "01", "1.", ".5", "+1", "1e", "-",
            "tru", "nul", "\"\\x\"", "\"\\u12\"", "\"\t\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "9007199254740992", "1e400", "1 2", "[1 2]", "\u00a01",
            "\ufeff1", "[[[[[[[[[1]]]]]]]]]", "\"a", "{\"a\"}", "{\"a\":}", "[", "NaN", "0x1",
        )
        for (text in bad) assertTrue(parseStrictJson(text.toByteArray()) == null, "took $text")
        for (bytes in listOf("22c328", "22eda08022", "22c080", "ff", "22f48fbfbf", "22f490808022")) {
            assertTrue(parseStrictJson(hex(bytes)) == null, "took the bytes $bytes")
        }
        val good = " {\"a\":[1,-0.5e1,true,false,null],\"b\":{\"c\":\"\\u00e9\\n\\ud83d\\ude00\u00e9\"},\"\":\"\"}\n"
        val read = parseStrictJson(good.toByteArray()) as JsonValue.Members
        assertEquals("é\n😀é", (read.members["b"] as JsonValue.Members).text("c"))
        assertEquals(5, (read.members["a"] as JsonValue.Items).items.size)
        assertTrue(parseStrictJson("[[[[[[[[1]]]]]]]]".toByteArray()) != null)
    }

    checks.check("reads and refuses the very texts that the protocol package does") {
        val made = madeByProtocol().filter { it.name.startsWith("json") }
        val taken = made.count { vector ->
            val isRead = parseStrictJson(vector.bytes("inputs", "json")) != null
            assertEquals("${vector.name} ${vector.result}", "${vector.name} ${if (isRead) "ok" else "malformed"}")
            isRead
        }
        assertTrue(made.size >= 4000 && taken in 100..3900, "$taken of ${made.size}")
    }

    checks.check("turns DER signatures into 64 bytes, and nothing else") {
        val one = "3006020101020101"
        assertEquals("00".repeat(31) + "01" + "00".repeat(31) + "01", toRawSignature(hex(one))?.let(::hex))
        val full = "3046022100" + "f0".repeat(32) + "022100" + "8f".repeat(32)
        assertEquals("f0".repeat(32) + "8f".repeat(32), toRawSignature(hex(full))?.let(::hex))
        val order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
        val bad = listOf(
            "", "30", "3006020101020100", "3006020100020101", "30060201010201ff", "3007020101020101", "300602010102010100", "3106020101020101",
            "300702010102020001", "3081060201010201", "3006020101030101", "30060201010202", "3005020101020101", "3026020101022100$order", "3003020101", "300802010102010102",
        )
        for (text in bad) assertTrue(toRawSignature(hex(text)) == null, "took $text")
        val less = BigInteger(order, 16).subtract(BigInteger.ONE).toString(16)
        assertTrue(toRawSignature(hex("3026020101022100$less")) != null)
    }

    checks.check("refuses every cut and every change of a length in a DER signature without throwing") {
        val whole = SoftwareKey().sign(ByteArray(3))
        for (end in whole.indices) assertTrue(toRawSignature(whole.copyOf(end)) == null)
        for (at in whole.indices) for (value in 0..255) toRawSignature(whole.copyOf().also { it[at] = value.toByte() })
    }

    checks.check("hashes a bundle of any length") {
        assertEquals("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", hashOf(ByteArray(0).inputStream()))
        val large = ByteArray(200_001) { it.toByte() }
        assertEquals(encodeBase64Url(sha256(large)), hashOf(large.inputStream()))
    }

    checks.check("reads a configuration string and refuses what is none") {
        val root = "A".repeat(43)
        val recovery = "B".repeat(42) + "A"
        val good = "cs1~secure.example.com:8443~c5l8Iwco4OAL0x91aSubew~$root~$recovery"
        val read = Configuration.parse(good)
        assertEquals("secure.example.com:8443", read.host)
        assertEquals("73997c230728e0e00bd31f75692b9b7b", hex(read.project))
        assertEquals(false, read.isDevelopment)
        assertTrue(Configuration.parse(good.replace("cs1", "csd1")).isDevelopment)
        val bad = listOf("", good + "~", good.replace("cs1", "cs2"), "cs1~h~c5l8Iwco4OAL0x91aSubew~$root~$root", good.replace("ubew", "ube!"), good.replace("~c5", "~~c5"))
        for (text in bad) assertThrows<IllegalArgumentException> { Configuration.parse(text) }
    }
}
