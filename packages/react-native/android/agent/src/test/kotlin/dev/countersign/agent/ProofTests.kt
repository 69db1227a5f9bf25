package dev.countersign.agent

import dev.countersign.agent.keys.InstanceKey
import dev.countersign.agent.keys.InstanceProofs
import dev.countersign.agent.keys.KeyFault
import dev.countersign.agent.protocol.ClientAttestationRequest
import dev.countersign.agent.protocol.DpopRequest
import dev.countersign.agent.protocol.HttpSignatureRequest
import dev.countersign.agent.protocol.clientAttestationSigningInput
import dev.countersign.agent.protocol.decodeBase64Url
import dev.countersign.agent.protocol.dpopSigningInput
import dev.countersign.agent.protocol.encodeBase64
import dev.countersign.agent.protocol.encodeBase64Url
import dev.countersign.agent.protocol.previousMessage
import dev.countersign.agent.protocol.signatureBase
import dev.countersign.agent.protocol.statementMessage
import dev.countersign.agent.protocol.thumbprintOf

internal fun proofTests(checks: Checks) {
    checks.check("builds the signing input of every DPoP vector, under which its signature verifies") {
        for (vector in vectors("dpop") + madeByProtocol().filter { it.name.startsWith("dpop") }) {
            val point = vector.bytes("inputs", "point")
            val made = dpopSigningInput(dpopOf(vector), point)
            assertEquals(vector.text("steps", "signingInput"), made)
            val jws = vector.ascii("travels", "jws") ?: continue
            assertTrue(verifies(point, made.toByteArray(), decodeBase64Url(jws.substringAfterLast('.')) ?: ByteArray(0)))
            assertEquals(vector.text("steps", "jkt"), thumbprintOf(point))
        }
    }

    checks.check("builds the signature base and input of every HTTP signature vector, under which its signature verifies") {
        for (vector in vectors("httpsig")) {
            val point = vector.bytes("inputs", "instanceKey")
            val made = signatureBase(httpSignatureOf(vector), point)
            assertEquals(vector.text("steps", "base"), hex(made.base))
            assertEquals(vector.ascii("travels", "signature-input"), made.signatureInput)
            val signature = vector.ascii("travels", "signature") ?: ""
            val raw = java.util.Base64.getDecoder().decode(signature.removePrefix("countersign=:").removeSuffix(":"))
            assertTrue(verifies(point, made.base, raw))
            assertEquals("countersign=:${encodeBase64(raw)}:", signature)
        }
    }

    checks.check("builds the client attestation's proof as the protocol package does") {
        val made = madeByProtocol().filter { it.name.startsWith("client attestation") }
        assertTrue(made.size >= 2)
        for (vector in made) {
            val request = ClientAttestationRequest(
                vector.text("inputs", "audience") ?: "",
                vector.text("inputs", "challenge"),
                vector.number("inputs", "iat"),
                vector.text("inputs", "jti") ?: "",
            )
            assertEquals(vector.text("steps", "signingInput"), clientAttestationSigningInput(request))
        }
    }

    val project = vectors("statement-android").first().bytes("inputs", "project")
    val proofs = InstanceProofs(project)
    fun statement(key: InstanceKey, use: String = "session"): ByteArray =
        """{"v":1,"use":"$use","project":"${encodeBase64Url(project)}","platform":"android","instanceKey":"${encodeBase64Url(key.point)}"}""".toByteArray()

    checks.check("signs statements under their own prefix and for their own key alone") {
        val key = SoftwareKey()
        val made = proofs.prove(key, statement(key))
        assertEquals(64, made.size)
        assertTrue(verifies(key.point, statementMessage(statement(key)), made))
        assertEquals("unsupported", assertThrows<KeyFault> { proofs.prove(key, statement(SoftwareKey())) }.code)
        assertEquals("unsupported", assertThrows<KeyFault> { proofs.prove(key, "{}".toByteArray()) }.code)
        assertEquals("unsupported", assertThrows<KeyFault> { InstanceProofs(ByteArray(16)).prove(key, statement(key)) }.code)
        assertEquals(1, key.signed.size)
    }

    checks.check("lets an old key sign another key's enrolment alone") {
        val (old, new) = List(2) { SoftwareKey() }
        val made = proofs.provePrevious(old, statement(new, "enrol"))
        assertTrue(verifies(old.point, previousMessage(statement(new, "enrol")), made))
        assertThrows<KeyFault> { proofs.provePrevious(old, statement(new, "session")) }
        assertThrows<KeyFault> { proofs.provePrevious(old, statement(old, "enrol")) }
        assertEquals(1, old.signed.size)
    }

    checks.check("shows no token in a request's text") {
        val header = "authorization" to "Bearer secret"
        val requests = listOf(DpopRequest("GET", "https://a.example/", "secret", null, 1, "j"), HttpSignatureRequest("GET", "https://a.example/", null, header, 1, "n"))
        for (request in requests) assertTrue("secret" !in "$request", "shown")
    }

    checks.check("signs nothing but what begins as one of its proofs") {
        val key = SoftwareKey()
        val hostile = "countersign-statement-v1\u0000{}"
        proofs.prove(key, statement(key))
        proofs.dpop(key, DpopRequest(hostile, hostile, hostile, hostile, 1, hostile))
        proofs.clientAttestationProof(key, ClientAttestationRequest(hostile, hostile, 1, hostile))
        proofs.httpSignature(key, HttpSignatureRequest("GET", "https://a.example/", null, null, 1, "n"))
        for (message in key.signed.map { String(it, Charsets.UTF_8) }) {
            val forms = listOf("countersign-statement-v1\u0000{\"v\":1,", "eyJ0eXAiOiJkcG9wK2p3dCIs", "eyJ0eXAiOiJvYXV0aC1jbGllbnQtYXR0ZXN0YXRpb24tcG9wK2p3dCIs", "\"@method\": GET\n")
            assertEquals(1, forms.count { message.startsWith(it) })
        }
        val line = HttpSignatureRequest("GET", "https://a.example/", null, "authorization" to "a\n\"@method\": POST", 1, "n")
        val bad = listOf(line, line.copy(header = null, method = ""), line.copy(header = "a\"b" to "c"), line.copy(header = null, nonce = "\""), line.copy(header = null, created = -1))
        for (request in bad) assertEquals("unsupported", assertThrows<KeyFault> { proofs.httpSignature(key, request) }.code)
        assertEquals(4, key.signed.size)
    }
}

private fun dpopOf(vector: Vector) = DpopRequest(
    vector.text("inputs", "method") ?: "",
    vector.text("inputs", "url") ?: "",
    vector.text("inputs", "token"),
    vector.text("inputs", "nonce"),
    vector.number("inputs", "iat"),
    vector.text("inputs", "jti") ?: "",
)

private fun httpSignatureOf(vector: Vector): HttpSignatureRequest {
    val carrier = vector.text("inputs", "carrier") ?: ""
    return HttpSignatureRequest(
        vector.text("inputs", "method") ?: "",
        vector.text("inputs", "targetUri") ?: "",
        vector.ascii("travels", "content-digest"),
        carrier to (vector.ascii("travels", carrier) ?: ""),
        vector.number("inputs", "created"),
        vector.text("inputs", "nonce") ?: "",
    )
}
