package dev.countersign.agent

import dev.countersign.agent.keys.playRequestHash
import dev.countersign.agent.protocol.NotThisAppsStatement
import dev.countersign.agent.protocol.attestationChallenge
import dev.countersign.agent.protocol.encodeBase64Url
import dev.countersign.agent.protocol.previousMessage
import dev.countersign.agent.protocol.readStatement
import dev.countersign.agent.protocol.statementHash
import dev.countersign.agent.protocol.statementMessage
import dev.countersign.agent.protocol.tag

internal fun statementTests(checks: Checks) {
    checks.check("builds the message and hash of every Android statement vector, under which its signature verifies") {
        var verified = 0
        for (vector in vectors("statement-android")) {
            val statement = vector.bytes("travels", "statement")
            assertEquals(vector.text("steps", "prefix"), hex(tag("statement")))
            assertEquals(vector.text("steps", "message"), hex(statementMessage(statement)))
            assertEquals(vector.text("steps", "hash"), hex(statementHash(statement)))
            assertEquals(encodeBase64Url(vector.bytes("steps", "hash")), playRequestHash(statement))
            if (vector.result != "ok") continue
            val head = readStatement(statement, vector.bytes("inputs", "project"))
            assertEquals(vector.text("inputs", "use"), head.use)
            assertEquals(vector.text("inputs", "instanceKey"), hex(head.instanceKey))
            assertTrue(verifies(head.instanceKey, statementMessage(statement), vector.bytes("travels", "signature")))
            verified += 1
        }
        assertTrue(verified >= 3, "only $verified vectors")
    }

    checks.check("refuses statements of another project, platform, use or version, repeated members and what is no statement") {
        val vector = vectors("statement-android").first { it.result == "ok" }
        val project = vector.bytes("inputs", "project")
        val text = vector.text("steps", "statementText") ?: ""
        readStatement(text.toByteArray(), project)
        val other = project.copyOf().also { it[0] = (it[0].toInt() xor 1).toByte() }
        assertThrows<NotThisAppsStatement> { readStatement(text.toByteArray(), other) }
        val use = "\"use\":\"${vector.text("inputs", "use")}\""
        val changes = listOf(
            "\"v\":1" to "\"v\":2", "\"v\":1" to "\"v\":\"1\"", "\"v\":1," to "", use to "\"use\":\"sign\"", "$use," to "",
            "\"platform\":\"android\"" to "\"platform\":\"ios\"", "{\"v\":1" to "{\"v\":1,\"v\":1", "{\"v\":1" to "[{\"v\":1",
        )
        for ((from, to) in changes) {
            assertTrue(from in text, "the statement has no $from")
            assertThrows<NotThisAppsStatement> { readStatement(text.replaceFirst(from, to).toByteArray(), project) }
        }
        assertThrows<NotThisAppsStatement> { readStatement("null".toByteArray(), project) }
        assertThrows<NotThisAppsStatement> { readStatement(text.padEnd(8 * 1024 + 1).toByteArray(), project) }
    }

    checks.check("derives the attestation challenge and what an old key signs") {
        val byName = vectors("evidence-binding").associateBy { it.name }
        val android = byName.getValue("android")
        assertEquals(android.text("inputs", "attestationChallenge"), hex(attestationChallenge(android.bytes("travels", "challenge"))))
        assertThrows<IllegalArgumentException> { attestationChallenge(ByteArray(59)) }
        val previous = byName.getValue("previous")
        val message = previousMessage(previous.bytes("inputs", "statement"))
        assertEquals(previous.text("steps", "input"), hex(message))
        assertTrue(verifies(previous.bytes("inputs", "previousKey"), message, previous.bytes("travels", "signature")))
    }
}
